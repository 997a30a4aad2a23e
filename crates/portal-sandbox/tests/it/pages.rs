use serde_json::json;

use crate::support::{Answer, Fixture};

fn assert_security_headers(page: &Answer) {
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    assert_eq!(
        page.header("content-security-policy"),
        "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    );
    assert_eq!(page.header("referrer-policy"), "no-referrer");
    assert_eq!(page.header("cache-control"), "no-store");
    assert_eq!(page.header("x-frame-options"), "DENY");
    assert_eq!(page.header("x-content-type-options"), "nosniff");
    assert!(!page.body.contains("<script") && !page.body.contains("style="));
}

#[tokio::test]
async fn a_subscriptions_page_shows_everything_that_the_account_allows() {
    let sandbox = Fixture::start().await;
    let link = json!({ "customer_id": "cus_demo_active", "subscription_id": "sub_demo_active" });
    let page = sandbox.get(&sandbox.kwik_link(&link).await).await;
    assert_eq!(page.status, 200);
    assert_security_headers(&page);
    for part in [
        "<title>Sandbox Trading</title>",
        "Thandi Active",
        "<strong>Plus</strong>",
        ">Active</span>",
        "R199.00 a month. Renews on 31 March 2026.",
        "The price includes 15&nbsp;% VAT (R25.96).",
        "Cancel subscription",
        "Switch plan",
        "Visa ending in 4242, valid until 12/2030",
        "thandi@sandbox.test",
        "Edit billing information",
        "INV-0003",
        "1 March 2026",
        "R199.00 <small>with R25.96 VAT</small>",
        "This page is open until 13 March 2026, 12:30 UTC.",
    ] {
        assert!(
            page.body.contains(part),
            "{part} is missing in {}",
            page.body
        );
    }
    assert!(
        !page.body.contains("Back to site"),
        "there is nowhere to go back to"
    );
}

#[tokio::test]
async fn settings_override_what_the_account_allows() {
    let sandbox = Fixture::start().await;
    let off = json!({
        "customer_id": "cus_demo_active",
        "subscription_id": "sub_demo_active",
        "settings": {
            "show_invoices": false, "show_billing_info": false, "allow_cancel": false, "allow_switch_plan": false,
            "redirect_url": "https://my-portal.site.com/?a=1&b=2", "page_title": "My SaaS business",
        },
    });
    let page = sandbox.get(&sandbox.kwik_link(&off).await).await;
    for part in [
        "Invoices",
        "INV-",
        "Billing information",
        "thandi@",
        "Cancel",
        "Switch",
        "Sandbox Trading",
    ] {
        assert!(
            !page.body.contains(part),
            "{part} is shown in {}",
            page.body
        );
    }
    assert!(page.body.contains("<title>My SaaS business</title>"));
    assert!(
        page.body
            .contains(r#"href="https://my-portal.site.com/?a=1&#38;b=2""#),
        "{}",
        page.body
    );

    let viewed = json!({
        "customer_id": "cus_demo_active",
        "subscription_id": "sub_demo_active",
        "settings": { "allow_update_billing_info": false },
    });
    let page = sandbox.get(&sandbox.kwik_link(&viewed).await).await;
    page.shows(&["Billing information", "thandi@sandbox.test"]);
    page.hides(&["Edit billing information"]);
}

#[tokio::test]
async fn without_a_subscription_the_packages_are_grouped_by_interval_in_ascending_amount() {
    let sandbox = Fixture::start().await;
    let page = sandbox
        .get(
            &sandbox
                .kwik_link(&json!({ "customer_id": "cus_demo_new" }))
                .await,
        )
        .await;
    let order = [
        "Choose a package",
        "Monthly",
        "R99.00 a month",
        "R199.00 a month",
        "Yearly",
        "R1\u{a0}990.00 a year",
    ];
    let places = order.map(|part| {
        page.body
            .find(part)
            .unwrap_or_else(|| panic!("{part} is missing in {}", page.body))
    });
    assert!(places.is_sorted(), "{places:?}");
    assert!(page.body.contains("There are no invoices yet."));

    let chosen = json!({ "customer_id": "cus_demo_new", "settings": { "products_ids": ["pro_demo_plus_yearly"] } });
    let page = sandbox.get(&sandbox.kwik_link(&chosen).await).await;
    assert!(page.body.contains("Yearly") && !page.body.contains("Monthly"));

    let nothing = json!({ "customer_id": "cus_demo_new", "settings": { "products_ids": [] } });
    let page = sandbox.get(&sandbox.kwik_link(&nothing).await).await;
    assert!(page.body.contains("No package is available at the moment."));
}

#[tokio::test]
async fn an_inactive_subscription_can_be_reactivated_and_not_cancelled() {
    let sandbox = Fixture::start().await;
    let link =
        json!({ "customer_id": "cus_demo_inactive", "subscription_id": "sub_demo_inactive" });
    let page = sandbox.get(&sandbox.kwik_link(&link).await).await;
    assert!(
        page.body.contains(">Inactive</span>") && page.body.contains("Reactivate subscription")
    );
    page.hides(&["Cancel subscription", "Switch plan"]);
}

#[tokio::test]
async fn onlineapps_page_shows_the_subscription_and_the_return_link() {
    let sandbox = Fixture::start().await;
    let link = json!({ "email": "active@sandbox.test", "returnUrl": "https://my.site/account" });
    let page = sandbox.get(&sandbox.onlineapp_link(&link).await).await;
    assert_eq!(page.status, 200);
    assert_security_headers(&page);
    for part in [
        "active@sandbox.test",
        "Plus, monthly",
        ">Active</span>",
        "Renews on 31 March 2026.",
        "https://my.site/account",
    ] {
        assert!(
            page.body.contains(part),
            "{part} is missing in {}",
            page.body
        );
    }

    let page = sandbox
        .get(
            &sandbox
                .onlineapp_link(&json!({ "email": "new@example.com" }))
                .await,
        )
        .await;
    assert!(
        page.body
            .contains("There is no subscription on this account.")
    );
    assert!(!page.body.contains("Return to the site"));
}

#[tokio::test]
async fn a_link_opens_until_it_expires() {
    let sandbox = Fixture::start().await;
    let kwik = sandbox
        .kwik_link(&json!({ "customer_id": "cus_demo_active" }))
        .await;
    let onlineapp = sandbox
        .onlineapp_link(&json!({ "email": "someone@example.com" }))
        .await;
    sandbox.advance(3599);
    for link in [&kwik, &onlineapp] {
        assert_eq!(sandbox.get(link).await.status, 200);
    }
    sandbox.advance(1);
    for link in [&kwik, &onlineapp] {
        let page = sandbox.get(link).await;
        assert_eq!(page.status, 410);
        assert_security_headers(&page);
        assert!(page.body.contains("This link has expired"));
        assert!(
            !page.body.contains("Thandi") && !page.body.contains("someone@"),
            "an expired page names no customer"
        );
    }
}

#[tokio::test]
async fn an_unknown_link_and_the_other_providers_link_open_the_same_page() {
    let sandbox = Fixture::start().await;
    let kwik = sandbox
        .kwik_link(&json!({ "customer_id": "cus_demo_active" }))
        .await;
    let onlineapp = sandbox.onlineapp_link(&json!({ "email": "a@b.c" })).await;
    let unknown = sandbox.get("/portal/nothing").await;
    assert_eq!(unknown.status, 404);
    assert_security_headers(&unknown);
    let crossed = [
        kwik.replace("/portal/", "/p/session/"),
        onlineapp.replace("/p/session/", "/portal/"),
    ];
    for path in [
        crossed[0].as_str(),
        &crossed[1],
        "/p/session/nothing",
        "/portal/%ff",
        "/p/session/%ff",
    ] {
        let page = sandbox.get(path).await;
        assert_eq!(
            (page.status, page.body),
            (404, unknown.body.clone()),
            "{path}"
        );
    }
}

#[tokio::test]
async fn markup_in_a_request_is_text_on_the_page() {
    let sandbox = Fixture::start().await;
    let title = r#"<script>alert("t")</script>"#;
    let back = r#"https://my.site/"><img src=x onerror=alert(1)>"#;
    let link = json!({ "customer_id": "cus_demo_new", "settings": { "page_title": title, "redirect_url": back } });
    let page = sandbox.get(&sandbox.kwik_link(&link).await).await;
    assert!(
        !page.body.contains("<script") && !page.body.contains("<img"),
        "{}",
        page.body
    );
    assert!(page.body.contains("&#60;script&#62;alert"), "{}", page.body);

    let link = json!({
        "email": "<b>me</b>@example.com", "returnUrl": back, "userMeta": { "<i>name</i>": "<u>value</u>" },
    });
    let page = sandbox.get(&sandbox.onlineapp_link(&link).await).await;
    for markup in ["<b>", "<i>", "<u>", "<img"] {
        assert!(!page.body.contains(markup), "{markup} is in {}", page.body);
    }
    assert!(
        page.body.contains("&#60;b&#62;me&#60;/b&#62;@example.com"),
        "{}",
        page.body
    );
}

#[tokio::test]
async fn markup_in_names_is_text_on_every_page() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("sandbox.sqlite");
    let sandbox = Fixture::on_file(&path).await;
    rusqlite::Connection::open(&path)
        .unwrap()
        .execute_batch(
            "UPDATE kwik_products SET name = '<u>' || name; UPDATE kwik_account SET name = '<i>Account';
             UPDATE kwik_cards SET brand = '<b>Card'; UPDATE onlineapp_paywalls SET name = '<i>Paywall';
             UPDATE onlineapp_subscriptions SET plan = '<u>Plan';",
        )
        .unwrap();
    let kwik = sandbox
        .kwik_link(
            &json!({ "customer_id": "cus_demo_inactive", "subscription_id": "sub_demo_inactive" }),
        )
        .await;
    let new = sandbox
        .kwik_link(&json!({ "customer_id": "cus_demo_new" }))
        .await;
    let onlineapp = sandbox
        .onlineapp_link(&json!({ "email": "active@sandbox.test" }))
        .await;
    let billing = [
        ("name", r#""><s>Name"#),
        ("email", "<s>@b"),
        ("city", "<s>City"),
    ];
    let unfit = [("name", r#""><s>"#), ("email", "")];
    let pages = [
        sandbox.act(&kwik, "billing", &billing).await,
        sandbox.submit(&kwik, "billing", &unfit).await,
        sandbox.look(&kwik, "billing").await,
        sandbox.look(&kwik, "reactivate").await,
        sandbox.act(&kwik, "reactivate", &[]).await,
        sandbox.look(&kwik, "cancel").await,
        sandbox
            .look(&kwik, "switch?product=pro_demo_plus_yearly")
            .await,
        sandbox
            .act(&kwik, "switch", &[("product", "pro_demo_plus_yearly")])
            .await,
        sandbox.get(&new).await,
        sandbox
            .act(&new, "subscribe", &[("product", "pro_demo_plus_yearly")])
            .await,
        sandbox.look(&onlineapp, "cancel").await,
        sandbox.get(&onlineapp).await,
    ];
    for page in pages {
        assert_security_headers(&page);
        page.hides(&["<u>", "<i>", "<b>", "<s>"]);
        page.shows(&["&#60;"]);
    }
}

#[tokio::test]
async fn missing_settings_of_a_link_come_from_the_account() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("sandbox.sqlite");
    let sandbox = Fixture::on_file(&path).await;
    let defaults = json!({
        "show_invoices": false, "show_billing_info": false, "allow_cancel": true, "cancel_type": "NOW",
        "products_ids": ["pro_demo_basic_monthly"], "allow_switch_plan": true,
        "redirect_url": "https://account.example/", "page_title": "The account's own",
    });
    rusqlite::Connection::open(&path)
        .unwrap()
        .execute(
            "UPDATE kwik_account SET settings = ?1",
            [defaults.to_string()],
        )
        .unwrap();
    let mut link =
        json!({ "customer_id": "cus_demo_active", "subscription_id": "sub_demo_active" });
    let left_open = sandbox.kwik_link(&link).await;
    let page = sandbox.get(&left_open).await;
    page.shows(&[
        "<title>The account&#39;s own</title>",
        r#"href="https://account.example/""#,
        "pro_demo_basic_monthly",
    ]);
    page.hides(&["Invoices", "Billing information", "pro_demo_plus_yearly"]);
    let confirm = sandbox.look(&left_open, "cancel").await;
    confirm.shows(&[">Cancel now</button>"]);

    link["settings"] =
        json!({ "show_invoices": true, "show_billing_info": true, "allow_cancel": false });
    let page = sandbox.get(&sandbox.kwik_link(&link).await).await;
    page.shows(&["Invoices", "Billing information"]);
    // Neither the link nor the account says that it may be edited.
    page.hides(&["Cancel subscription", "Edit billing information"]);
}

#[tokio::test]
async fn the_stylesheet_of_the_pages_is_served() {
    let sandbox = Fixture::start().await;
    let page = sandbox.get("/portal/nothing").await;
    assert!(page.body.contains(r#"href="/assets/portal.css""#));
    let css = sandbox.get("/assets/portal.css").await;
    assert_eq!(
        (css.status, css.header("content-type")),
        (200, "text/css; charset=utf-8")
    );
    assert!(css.body.contains("prefers-color-scheme: dark"));
}
