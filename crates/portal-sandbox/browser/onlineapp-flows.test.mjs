// What a user can do on OnlineApp's page, and the webhooks that the site receives, in both dialects.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, afterEach, before, beforeEach, test } from 'node:test';

import { startReceiver } from './receiver.mjs';
import { day, heading, invoiceRows, notice, portal, press, startBrowser, startSandbox } from './support.mjs';

const SECRET = 'whsec_of_the_browser_tests';
const EMAIL = 'active@sandbox.test';
const SUBSCRIPTION = 'sub_sandbox_active';
const BACK = 'http://localhost:9/account';

let browser, receiver;
const sandboxes = {};
before(async () => {
  [sandboxes.classic, sandboxes.v3, browser] = await Promise.all([
    startSandbox('--onlineapp-dialect', 'classic'),
    startSandbox('--onlineapp-dialect', 'v3'),
    startBrowser(),
  ]);
});
after(async () => {
  await browser?.stop();
  await sandboxes.classic?.stop();
  await sandboxes.v3?.stop();
});
afterEach(async () => {
  await browser.finish();
  receiver?.stop();
  receiver = undefined;
});

/** Resets the sandbox of that dialect and delivers its events to `receiver`. */
async function begin(dialect) {
  const sandbox = sandboxes[dialect];
  await sandbox.reset();
  receiver = await startReceiver(sandbox, SECRET);
  return sandbox;
}

async function open(link) {
  const page = await browser.page();
  await page.goto(link);
  return page;
}

/** Returns the next event and asserts its type. */
async function event(type) {
  const { event } = await receiver.next();
  assert.equal(event.type, type);
  return event;
}

async function cancel(page, when) {
  await press(page, /^Cancel (subscription|now)$/, 'link');
  await page.getByRole('radio', { name: when }).check();
  await press(page, 'Cancel subscription');
}

/** Runs the program with an empty environment, and returns its output. */
function run(args, { env = {}, input } = {}) {
  return new Promise((done) => {
    const child = execFile(portal, args, { env }, (error, stdout, stderr) =>
      done({ code: error ? error.code : 0, stdout, stderr }),
    );
    // The program may refuse before it reads the input.
    child.stdin.on('error', () => {});
    child.stdin.end(input);
  });
}

for (const dialect of ['classic', 'v3']) {
  test(`${dialect}: cancel at the period's end, undo, cancel at once, reactivate`, async () => {
    const sandbox = await begin(dialect);
    const page = await open(await sandbox.onlineappLink({ email: EMAIL }));
    const { current_period_end: end, user_id } = await sandbox.subscription(SUBSCRIPTION);
    assert.ok((await page.innerText('main')).includes(`$9.99 a month. Renews on ${day(end)}.`));

    await press(page, 'Cancel subscription', 'link');
    assert.equal(await heading(page), 'Cancel your subscription?');
    await press(page, 'Go back', 'link');
    assert.equal((await sandbox.subscription(SUBSCRIPTION)).cancel_at_period_end, false);

    await press(page, 'Cancel subscription', 'link');
    // Without a choice, the subscription runs to the end of the paid period.
    assert.ok(await page.getByRole('radio', { name: `On ${day(end)}, when the period ends` }).isChecked());
    await press(page, 'Cancel subscription');
    assert.equal(await notice(page), `Your subscription is cancelled. You can use it until ${day(end)}.`);
    assert.ok(await page.getByText('Cancelled, still running').isVisible());
    let subscription = (await event('subscription.updated')).data.subscription;
    assert.deepEqual([subscription.status, subscription.cancel_at_period_end], ['active', true]);
    assert.equal((await sandbox.subscription(SUBSCRIPTION)).cancel_at_period_end, true);

    await press(page, 'Keep subscription');
    assert.equal(await notice(page), `Your subscription continues. It renews on ${day(end)}.`);
    subscription = (await event('subscription.updated')).data.subscription;
    assert.deepEqual([subscription.status, subscription.cancel_at_period_end, subscription.canceled_at], ['active', false, null]);

    await cancel(page, /^Now/);
    assert.equal(await notice(page), 'Your subscription is cancelled and has ended.');
    assert.ok(await page.getByText('Cancelled', { exact: true }).isVisible());
    subscription = (await event('subscription.cancelled')).data.subscription;
    const ended = await sandbox.subscription(SUBSCRIPTION);
    assert.deepEqual([subscription.status, Date.parse(subscription.ended_at)], ['canceled', Date.parse(ended.ended_at)]);
    assert.equal(Date.parse(subscription.current_period_end), Date.parse(end));
    assert.deepEqual([ended.status, ended.current_period_end], ['canceled', end]);

    assert.equal((await invoiceRows(page)).length, 1);
    await press(page, 'Reactivate subscription', 'link');
    assert.equal(await heading(page), 'Reactivate your subscription');
    await press(page, 'Reactivate and pay $9.99');
    const again = await sandbox.subscription(SUBSCRIPTION);
    assert.equal(await notice(page), `Your subscription is active again. It renews on ${day(again.current_period_end)}.`);
    subscription = (await event('subscription.updated')).data.subscription;
    assert.deepEqual([subscription.status, subscription.ended_at], ['active', null]);
    const [row] = await invoiceRows(page);
    const invoice = (await sandbox.invoices(user_id)).at(-1);
    assert.deepEqual(row, [invoice.number, day(invoice.issued_at), '$9.99']);
    assert.equal((await invoiceRows(page)).length, 2);
  });

  test(`${dialect}: a pending cancellation can be made immediate`, async () => {
    const sandbox = await begin(dialect);
    const page = await open(await sandbox.onlineappLink({ email: EMAIL }));
    await cancel(page, /^On /);
    await event('subscription.updated');
    await press(page, 'Cancel now', 'link');
    assert.equal(await page.getByRole('radio').count(), 1);
    await press(page, 'Cancel subscription');
    await event('subscription.cancelled');
    assert.equal((await sandbox.subscription(SUBSCRIPTION)).status, 'canceled');
  });

  test(`${dialect}: a cancellation at the period's end sends an update now and a cancellation when it ends`, async () => {
    const sandbox = await begin(dialect);
    const page = await open(await sandbox.onlineappLink({ email: EMAIL }));
    await cancel(page, /^On /);
    const { current_period_end: end } = await sandbox.subscription(SUBSCRIPTION);
    const updated = await event('subscription.updated');
    await sandbox.advance(19);
    const cancelled = await event('subscription.cancelled');
    assert.ok(Date.parse(updated.occurred_at) < Date.parse(cancelled.occurred_at));
    assert.equal(Date.parse(cancelled.occurred_at), Date.parse(end));
    assert.equal(Date.parse(cancelled.data.subscription.ended_at), Date.parse(end));
    assert.equal((await sandbox.subscription(SUBSCRIPTION)).status, 'canceled');
    // There is no invoice for a period that never began.
    assert.equal((await sandbox.invoices(updated.data.user.id)).length, 1);
  });

  test(`${dialect}: a renewal is invoiced and sends a webhook`, async () => {
    const sandbox = await begin(dialect);
    await sandbox.advance(19);
    const { data } = await event('subscription.updated');
    const subscription = await sandbox.subscription(SUBSCRIPTION);
    assert.equal(Date.parse(data.subscription.current_period_end), Date.parse(subscription.current_period_end));
    const page = await open(await sandbox.onlineappLink({ email: EMAIL }));
    const rows = await invoiceRows(page);
    const invoice = (await sandbox.invoices(subscription.user_id)).at(-1);
    assert.deepEqual(rows[0], [invoice.number, day(subscription.current_period_start), '$9.99']);
    assert.equal(rows.length, 2);
  });

  test(`${dialect}: the return button leads to returnUrl, and is absent without one`, async () => {
    const sandbox = await begin(dialect);
    const page = await open(await sandbox.onlineappLink({ email: EMAIL, returnUrl: BACK }));
    await page.route('http://localhost:9/**', (route) => route.fulfill({ body: 'shop', contentType: 'text/plain' }));
    await press(page, 'Cancel subscription', 'link');
    await page.getByRole('link', { name: 'Return to the site' }).click();
    await page.waitForURL(BACK);
    const without = await open(await sandbox.onlineappLink({ email: EMAIL }));
    assert.equal(await without.getByRole('link', { name: 'Return to the site' }).count(), 0);
  });

  test(`${dialect}: end to end, from the program's link to a webhook that the program verifies`, async () => {
    const sandbox = await begin(dialect);
    const command = await run([
      'link', 'onlineapp', `--sandbox=${sandbox.url}`, '--email', EMAIL, '--meta', 'utm_source=facebook', '--return-url', BACK,
    ]);
    assert.equal(command.code, 0, command.stderr);
    const page = await open(command.stdout.trim());
    await cancel(page, /^Now/);

    const { headers, body, event } = await receiver.next();
    assert.equal(event.type, 'subscription.cancelled');
    assert.equal(event.data.user.metadata.utm_source, 'facebook');
    assert.equal(headers['content-type'], 'application/json');
    assert.equal(headers['user-agent'], 'Monetize-Webhooks/1.0');
    const signature = headers['x-monetize-signature'];
    const verify = (input) =>
      run(['webhook', 'verify', 'onlineapp', '--signature', signature, '--json'], {
        env: { ONLINEAPP_WEBHOOK_SECRET: SECRET },
        input,
      });
    const good = await verify(body);
    assert.equal(good.code, 0, good.stderr);
    const printed = JSON.parse(good.stdout);
    assert.deepEqual([printed.id, printed.type, printed.data], [event.id, event.type, event.data]);

    const changed = await verify(body.toString().replace('facebook', 'facebooc'));
    assert.equal(changed.code, 3);
    assert.equal(changed.stdout, '');
    assert.equal(JSON.parse(changed.stderr).error.kind, 'unauthenticated');
  });
}

test('classic: a user without a subscription starts a demo subscription', async () => {
  const sandbox = await begin('classic');
  const page = await open(await sandbox.onlineappLink({ email: 'new@example.com', userMeta: { plan: 'trial' } }));
  assert.ok((await page.innerText('main')).includes('There is no subscription on this account.'));
  assert.ok((await page.innerText('main')).includes('There are no invoices yet.'));
  await press(page, 'Start a demo subscription');
  const { data } = await event('subscription.created');
  const subscription = await sandbox.subscription(data.subscription.id);
  assert.equal(await notice(page), `Demo, monthly has begun. It renews on ${day(subscription.current_period_end)}.`);
  assert.equal(subscription.status, 'active');
  assert.deepEqual(data.user.metadata, { plan: 'trial' });
  assert.equal(data.customer.email, 'new@example.com');
  assert.equal((await invoiceRows(page)).length, 1);
  await page.reload();
  assert.equal(await page.getByRole('button', { name: 'Start a demo subscription' }).count(), 0);
  assert.equal((await sandbox.invoices(data.user.id)).length, 1);
});

test('v3: a link is refused without an active subscription, and the page that was open reactivates it', async () => {
  const sandbox = await begin('v3');
  const refused = { status: 403, json: { isTest: '1' } };
  assert.deepEqual(await sandbox.callOnlineapp({ email: 'new@example.com' }), refused);
  const page = await open(await sandbox.onlineappLink({ email: EMAIL }));
  await cancel(page, /^Now/);
  await event('subscription.cancelled');
  assert.deepEqual(await sandbox.callOnlineapp({ email: EMAIL }), refused);
  await press(page, 'Reactivate subscription', 'link');
  await press(page, 'Reactivate and pay $9.99');
  await event('subscription.updated');
  assert.equal((await sandbox.callOnlineapp({ email: EMAIL })).status, 200);
});
