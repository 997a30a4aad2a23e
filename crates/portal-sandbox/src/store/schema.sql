-- One sandbox: one OnlineApp account and one Kwik account. Secrets are stored as SHA-256 only, except webhook secrets,
-- which are needed for signing.
-- Times are RFC 3339 UTC in whole seconds, so that text order is time order. Money is in cents.

CREATE TABLE onlineapp_keys (
    key_sha256 BLOB PRIMARY KEY
) STRICT;

-- With `single_use_links` only the first browser that opens a link can use it.
CREATE TABLE onlineapp_paywalls (
    id               TEXT PRIMARY KEY,
    name             TEXT NOT NULL,
    single_use_links INTEGER NOT NULL
) STRICT;

CREATE TABLE onlineapp_users (
    id         TEXT PRIMARY KEY,
    email      TEXT NOT NULL UNIQUE,
    created_at TEXT NOT NULL
) STRICT;

-- The link between a user and a paywall, which is where `userMeta` is stored.
CREATE TABLE onlineapp_memberships (
    user_id    TEXT NOT NULL REFERENCES onlineapp_users,
    paywall_id TEXT NOT NULL REFERENCES onlineapp_paywalls,
    user_meta  TEXT NOT NULL,
    PRIMARY KEY (user_id, paywall_id)
) STRICT;

-- An active purchase, which gives 409 in the classic dialect.
CREATE TABLE onlineapp_purchases (
    user_id    TEXT NOT NULL REFERENCES onlineapp_users,
    paywall_id TEXT NOT NULL REFERENCES onlineapp_paywalls,
    PRIMARY KEY (user_id, paywall_id)
) STRICT;

CREATE TABLE onlineapp_subscriptions (
    id                   TEXT PRIMARY KEY,
    user_id              TEXT NOT NULL REFERENCES onlineapp_users,
    paywall_id           TEXT NOT NULL REFERENCES onlineapp_paywalls,
    plan                 TEXT NOT NULL,
    price_id             TEXT NOT NULL,
    unit_amount          INTEGER NOT NULL,
    billing_interval     TEXT NOT NULL,
    status               TEXT NOT NULL,
    current_period_start TEXT NOT NULL,
    current_period_end   TEXT NOT NULL,
    cancel_at_period_end INTEGER NOT NULL,
    canceled_at          TEXT,
    ended_at             TEXT
) STRICT;

CREATE TABLE onlineapp_invoices (
    number      TEXT PRIMARY KEY,
    user_id     TEXT NOT NULL REFERENCES onlineapp_users,
    paywall_id  TEXT NOT NULL REFERENCES onlineapp_paywalls,
    issued_at   TEXT NOT NULL,
    unit_amount INTEGER NOT NULL
) STRICT;

-- One row: the account's credential (`api_key:api_secret`) and its defaults for every link.
CREATE TABLE kwik_account (
    credential_sha256 BLOB PRIMARY KEY,
    name              TEXT NOT NULL,
    settings          TEXT NOT NULL,
    single_use_links  INTEGER NOT NULL
) STRICT;

-- The billing information beside name and e-mail is empty text until it is entered.
CREATE TABLE kwik_customers (
    id          TEXT PRIMARY KEY,
    name        TEXT NOT NULL,
    email       TEXT NOT NULL,
    company     TEXT NOT NULL,
    vat_number  TEXT NOT NULL,
    street      TEXT NOT NULL,
    city        TEXT NOT NULL,
    postal_code TEXT NOT NULL,
    country     TEXT NOT NULL,
    created_at  TEXT NOT NULL
) STRICT;

CREATE TABLE kwik_cards (
    id          TEXT PRIMARY KEY,
    customer_id TEXT NOT NULL REFERENCES kwik_customers,
    brand       TEXT NOT NULL,
    last_four   TEXT NOT NULL,
    expires     TEXT NOT NULL
) STRICT;

CREATE TABLE kwik_products (
    id             TEXT PRIMARY KEY,
    name           TEXT NOT NULL,
    amount_cents   INTEGER NOT NULL,
    billing_period TEXT NOT NULL
) STRICT;

CREATE TABLE kwik_subscriptions (
    id                   TEXT PRIMARY KEY,
    customer_id          TEXT NOT NULL REFERENCES kwik_customers,
    product_id           TEXT NOT NULL REFERENCES kwik_products,
    status               TEXT NOT NULL,
    current_period_start TEXT NOT NULL,
    current_period_end   TEXT NOT NULL,
    cancel_at_period_end INTEGER NOT NULL,
    canceled_at          TEXT,
    ended_at             TEXT
) STRICT;

CREATE TABLE kwik_invoices (
    number       TEXT PRIMARY KEY,
    customer_id  TEXT NOT NULL REFERENCES kwik_customers,
    issued_at    TEXT NOT NULL,
    amount_cents INTEGER NOT NULL
) STRICT;

-- Both providers' links. `portal` is what the link opens, as JSON with the provider's name in it; `session_sha256` is
-- the session of the browser that it is bound to; `notice` is shown on the next view of the page.
CREATE TABLE links (
    id             TEXT PRIMARY KEY,
    token_sha256   BLOB NOT NULL UNIQUE,
    created_at     TEXT NOT NULL,
    expires_at     TEXT NOT NULL,
    portal         TEXT NOT NULL,
    session_sha256 BLOB,
    notice         TEXT
) STRICT;

-- At most one row: how far the sandbox's time is ahead of its clock.
CREATE TABLE clock (
    id             INTEGER PRIMARY KEY CHECK (id = 1),
    offset_seconds INTEGER NOT NULL
) STRICT;

-- The endpoints that receive OnlineApp's events.
CREATE TABLE webhook_endpoints (
    id         TEXT PRIMARY KEY,
    url        TEXT NOT NULL UNIQUE,
    secret     TEXT,
    created_at TEXT NOT NULL
) STRICT;

-- The events. `body` is signed and sent byte for byte.
CREATE TABLE webhook_events (
    id         TEXT PRIMARY KEY,
    created_at TEXT NOT NULL,
    body       TEXT NOT NULL
) STRICT;

-- The outbox: an event for an endpoint. `due_at` is NULL once it was delivered or the attempts are used up.
CREATE TABLE webhook_deliveries (
    id          TEXT PRIMARY KEY,
    event_id    TEXT NOT NULL REFERENCES webhook_events,
    endpoint_id TEXT NOT NULL REFERENCES webhook_endpoints,
    attempts    INTEGER NOT NULL,
    due_at      TEXT
) STRICT;

CREATE INDEX webhook_deliveries_due ON webhook_deliveries (due_at) WHERE due_at IS NOT NULL;
