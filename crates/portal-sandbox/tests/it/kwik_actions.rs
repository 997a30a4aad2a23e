use serde_json::{Value, json};

use crate::support::Fixture;

async fn active(sandbox: &Fixture, settings: &Value) -> String {
    let link = json!({ "customer_id": "cus_demo_active", "subscription_id": "sub_demo_active", "settings": settings });
    sandbox.kwik_link(&link).await
}

async fn inactive(sandbox: &Fixture) -> String {
    let link =
        json!({ "customer_id": "cus_demo_inactive", "subscription_id": "sub_demo_inactive" });
    sandbox.kwik_link(&link).await
}

async fn new(sandbox: &Fixture, settings: &Value) -> String {
    sandbox
        .kwik_link(&json!({ "customer_id": "cus_demo_new", "settings": settings }))
        .await
}

#[tokio::test]
async fn a_cancellation_at_the_periods_end_is_confirmed_pending_and_can_be_undone() {
    let sandbox = Fixture::start().await;
    let link = active(&sandbox, &json!({})).await;
    sandbox
        .get(&link)
        .await
        .shows(&[&format!(r#"href="{link}/cancel""#)]);
    let before = sandbox.subscription("sub_demo_active").await;
    let confirm = sandbox.look(&link, "cancel").await;
    assert_eq!(confirm.status, 200);
    confirm.shows(&[
        "<h1>Cancel your subscription?</h1>",
        "until 31 March 2026",
        ">Cancel on 31 March 2026</button>",
    ]);
    assert_eq!(sandbox.subscription("sub_demo_active").await, before);

    let page = sandbox.act(&link, "cancel", &[]).await;
    assert_eq!(
        page.notice(),
        "Your subscription is cancelled. You can use it until 31 March 2026."
    );
    page.shows(&[
        "Cancelled, still running",
        "Ends on 31 March 2026.",
        ">Keep subscription</button>",
    ]);
    page.hides(&["Cancel subscription", "Switch plan"]);
    let pending = sandbox.subscription("sub_demo_active").await;
    assert_eq!(
        (
            &pending["status"],
            &pending["cancel_at_period_end"],
            &pending["canceled_at"],
            &pending["ended_at"]
        ),
        (
            &json!("ACTIVE"),
            &json!(true),
            &json!("2026-03-13T11:30:00Z"),
            &Value::Null
        )
    );

    let page = sandbox.act(&link, "keep", &[]).await;
    assert_eq!(
        page.notice(),
        "Your subscription continues. It renews on 31 March 2026."
    );
    page.shows(&["Renews on 31 March 2026.", "Cancel subscription"]);
    assert_eq!(sandbox.subscription("sub_demo_active").await, before);
}

#[tokio::test]
async fn an_immediate_cancellation_ends_the_subscription_and_keeps_its_period() {
    let sandbox = Fixture::start().await;
    let link = active(&sandbox, &json!({ "cancel_type": "NOW" })).await;
    sandbox
        .look(&link, "cancel")
        .await
        .shows(&["ends at once", ">Cancel now</button>"]);
    let page = sandbox.act(&link, "cancel", &[]).await;
    assert_eq!(
        page.notice(),
        "Your subscription is cancelled and has ended."
    );
    page.shows(&[
        ">Inactive</span>",
        "Ended on 13 March 2026.",
        "Reactivate subscription",
    ]);
    let ended = sandbox.subscription("sub_demo_active").await;
    assert_eq!(
        (
            &ended["status"],
            &ended["ended_at"],
            &ended["current_period_end"]
        ),
        (
            &json!("INACTIVE"),
            &json!("2026-03-13T11:30:00Z"),
            &json!("2026-03-31T11:30:00Z")
        )
    );
}

#[tokio::test]
async fn a_pending_cancellation_can_be_made_immediate_if_the_link_cancels_at_once() {
    let sandbox = Fixture::start().await;
    sandbox
        .act(&active(&sandbox, &json!({})).await, "cancel", &[])
        .await;
    let link = active(&sandbox, &json!({ "cancel_type": "NOW" })).await;
    sandbox
        .get(&link)
        .await
        .shows(&["Keep subscription", "Cancel now"]);
    let page = sandbox.act(&link, "cancel", &[]).await;
    assert_eq!(
        page.notice(),
        "Your subscription is cancelled and has ended."
    );
}

#[tokio::test]
async fn a_step_that_the_link_does_not_allow_is_refused() {
    let sandbox = Fixture::start().await;
    let off = active(&sandbox, &json!({ "allow_cancel": false, "allow_switch_plan": false, "allow_update_billing_info": false })).await;
    let unseen = active(&sandbox, &json!({ "show_billing_info": false })).await;
    let narrow = active(
        &sandbox,
        &json!({ "products_ids": ["pro_demo_basic_monthly"] }),
    )
    .await;
    let new = new(
        &sandbox,
        &json!({ "products_ids": ["pro_demo_basic_monthly"] }),
    )
    .await;
    let yearly = ("product", "pro_demo_plus_yearly");
    let before = sandbox.belongings().await;
    for (link, step, fields) in [
        (&off, "cancel", vec![]),
        (&off, "switch", vec![yearly]),
        (
            &off,
            "billing",
            vec![("name", "Mallory"), ("email", "m@evil.example")],
        ),
        (
            &unseen,
            "billing",
            vec![("name", "Mallory"), ("email", "m@evil.example")],
        ),
        (&narrow, "switch", vec![yearly]),
        (&narrow, "switch", vec![("product", "pro_unknown")]),
        (&narrow, "switch", vec![]),
        (&new, "subscribe", vec![yearly]),
        (&new, "subscribe", vec![]),
        (&new, "cancel", vec![]),
        (&new, "keep", vec![]),
        (&new, "reactivate", vec![]),
        (&new, "switch", vec![("product", "pro_demo_basic_monthly")]),
    ] {
        let answer = sandbox.submit(link, step, &fields).await;
        assert_eq!(answer.status, 403, "{step} {fields:?}: {}", answer.body);
        answer.shows(&["This link does not allow that", "Nothing was changed."]);
    }
    for (link, step) in [
        (&off, "cancel"),
        (&off, "switch?product=pro_demo_basic_monthly"),
        (&off, "billing"),
        (&unseen, "billing"),
        (&narrow, "switch?product=pro_demo_plus_yearly"),
        (&new, "subscribe?product=pro_demo_plus_yearly"),
    ] {
        assert_eq!(sandbox.look(link, step).await.status, 403, "{step}");
    }
    assert_eq!(sandbox.belongings().await, before);
}

#[tokio::test]
async fn a_plan_is_switched_at_once_and_its_price_applies_from_the_next_invoice() {
    let sandbox = Fixture::start().await;
    let link = active(&sandbox, &json!({})).await;
    let page = sandbox.get(&link).await;
    page.shows(&[
        r#"value="pro_demo_basic_monthly" required> "#,
        r#"value="pro_demo_plus_monthly" required disabled> "#,
        "Your plan",
    ]);
    let confirm = sandbox
        .look(&link, "switch?product=pro_demo_plus_yearly")
        .await;
    confirm.shows(&[
        "Plus, R199.00 a month",
        "Plus, R1\u{a0}990.00 a year",
        "31 March 2026",
    ]);
    assert_eq!(confirm.hidden("product"), "pro_demo_plus_yearly");

    let invoices = sandbox.state().await["invoices"].clone();
    let page = sandbox
        .act(&link, "switch", &[("product", "pro_demo_plus_yearly")])
        .await;
    assert_eq!(
        page.notice(),
        "Your plan is now Plus. You pay R1\u{a0}990.00 a year from 31 March 2026 on."
    );
    let switched = sandbox.subscription("sub_demo_active").await;
    assert_eq!(
        (&switched["product_id"], &switched["current_period_end"]),
        (
            &json!("pro_demo_plus_yearly"),
            &json!("2026-03-31T11:30:00Z")
        )
    );
    assert_eq!(sandbox.state().await["invoices"], invoices);
}

#[tokio::test]
async fn a_plan_is_not_switched_while_the_subscription_ends_or_has_ended() {
    let sandbox = Fixture::start().await;
    let link = active(&sandbox, &json!({})).await;
    let basic = [("product", "pro_demo_basic_monthly")];
    sandbox.act(&link, "cancel", &[]).await;
    let page = sandbox.act(&link, "switch", &basic).await;
    assert_eq!(
        page.notice(),
        "Your subscription ends on 31 March 2026. Keep it before you switch plans."
    );
    let now = active(&sandbox, &json!({ "cancel_type": "NOW" })).await;
    sandbox.act(&now, "cancel", &[]).await;
    let page = sandbox.act(&link, "switch", &basic).await;
    assert_eq!(
        page.notice(),
        "Your subscription has ended. Reactivate it before you switch plans."
    );
    let subscription = sandbox.subscription("sub_demo_active").await;
    assert_eq!(subscription["product_id"], "pro_demo_plus_monthly");
}

#[tokio::test]
async fn a_chosen_package_becomes_a_subscription_with_an_invoice_and_a_demo_card() {
    let sandbox = Fixture::start().await;
    let link = new(&sandbox, &json!({})).await;
    sandbox.get(&link).await.shows(&[
        "There is no card on this account yet.",
        ">Continue</button>",
    ]);
    let confirm = sandbox
        .look(&link, "subscribe?product=pro_demo_plus_yearly")
        .await;
    confirm.shows(&[
        "R1\u{a0}730.43",
        "R259.57",
        ">Subscribe and pay R1\u{a0}990.00</button>",
        "Visa ending in 4242 (demo card)",
        "It renews on 13 March 2027",
    ]);

    let page = sandbox
        .act(&link, "subscribe", &[("product", "pro_demo_plus_yearly")])
        .await;
    assert_eq!(
        page.notice(),
        "You are subscribed to Plus. R1\u{a0}990.00 was paid."
    );
    page.shows(&[
        "Manage your subscription",
        "INV-0005",
        "Visa ending in 4242",
        "Renews on 13 March 2027.",
    ]);
    let state = sandbox.state().await;
    let subscription = &state["subscriptions"]
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one["customer_id"] == "cus_demo_new")
        .unwrap();
    assert_eq!(
        (
            &subscription["status"],
            &subscription["current_period_start"],
            &subscription["current_period_end"]
        ),
        (
            &json!("ACTIVE"),
            &json!("2026-03-13T11:30:00Z"),
            &json!("2027-03-13T11:30:00Z")
        )
    );
    let invoice = state["invoices"].as_array().unwrap().last().unwrap();
    assert_eq!(
        (
            &invoice["number"],
            &invoice["customer_id"],
            &invoice["amount_cents"]
        ),
        (&json!("INV-0005"), &json!("cus_demo_new"), &json!(199_000))
    );
}

#[tokio::test]
async fn an_inactive_subscription_is_reactivated_with_a_new_period_and_an_invoice() {
    let sandbox = Fixture::start().await;
    let link = inactive(&sandbox).await;
    sandbox.look(&link, "reactivate").await.shows(&[
        ">Reactivate and pay R99.00</button>",
        "Mastercard ending in 4444",
    ]);
    let page = sandbox.act(&link, "reactivate", &[]).await;
    assert_eq!(
        page.notice(),
        "Your subscription is active again. R99.00 was paid."
    );
    page.shows(&["INV-0005", "Renews on 13 April 2026."]);
    let subscription = sandbox.subscription("sub_demo_inactive").await;
    assert_eq!(
        (
            &subscription["status"],
            &subscription["current_period_end"],
            &subscription["canceled_at"],
            &subscription["ended_at"]
        ),
        (
            &json!("ACTIVE"),
            &json!("2026-04-13T11:30:00Z"),
            &Value::Null,
            &Value::Null
        )
    );
}

#[tokio::test]
async fn a_step_taken_twice_changes_nothing_more_and_says_so() {
    let sandbox = Fixture::start().await;
    let (pending, back, new) = (
        active(&sandbox, &json!({})).await,
        inactive(&sandbox).await,
        new(&sandbox, &json!({})).await,
    );
    let basic = ("product", "pro_demo_basic_monthly");
    for (link, step, fields, notice) in [
        (
            &pending,
            "switch",
            vec![basic],
            "Basic is already your plan.",
        ),
        (
            &pending,
            "cancel",
            vec![],
            "Your subscription is already cancelled.",
        ),
        (
            &pending,
            "keep",
            vec![],
            "There is no cancellation to undo.",
        ),
        (
            &back,
            "reactivate",
            vec![],
            "Your subscription is already active.",
        ),
        (
            &new,
            "subscribe",
            vec![basic],
            "You are already subscribed to Basic.",
        ),
        (
            &pending,
            "billing",
            vec![("name", "T"), ("email", "t@t")],
            "Your billing information is the same as before.",
        ),
    ] {
        sandbox.act(link, step, &fields).await;
        let once = sandbox.belongings().await;
        sandbox.advance(60);
        let page = sandbox.act(link, step, &fields).await;
        assert_eq!(
            page.notice(),
            format!("{notice} Nothing was changed."),
            "{step}"
        );
        let mut twice = sandbox.belongings().await;
        twice["now"] = once["now"].clone();
        assert_eq!(twice, once, "{step}");
    }
    let ended = active(&sandbox, &json!({ "cancel_type": "NOW" })).await;
    sandbox.act(&ended, "cancel", &[]).await;
    let page = sandbox.act(&ended, "cancel", &[]).await;
    assert!(
        page.notice()
            .starts_with("Your subscription is already cancelled.")
    );
}

#[tokio::test]
async fn a_step_with_nothing_to_do_redirects_to_the_overview() {
    let sandbox = Fixture::start().await;
    let (active, inactive) = (active(&sandbox, &json!({})).await, inactive(&sandbox).await);
    for (link, step) in [
        (&active, "reactivate"),
        (&active, "keep"),
        (&active, "switch"),
        (&active, "switch?product=pro_demo_plus_monthly"),
        (&active, "subscribe?product=pro_demo_basic_monthly"),
        (&inactive, "cancel"),
        (&inactive, "switch?product=pro_demo_plus_monthly"),
    ] {
        let answer = sandbox.look(link, step).await;
        assert_eq!(
            (answer.status, answer.header("location")),
            (303, link.as_str()),
            "{step}"
        );
    }
    assert_eq!(sandbox.look(&active, "elsewhere").await.status, 404);
    assert_eq!(sandbox.submit(&active, "elsewhere", &[]).await.status, 404);
}

#[tokio::test]
async fn an_invalid_billing_form_keeps_its_input() {
    let sandbox = Fixture::start().await;
    let link = active(&sandbox, &json!({})).await;
    let form = sandbox.look(&link, "billing").await;
    form.shows(&[
        r#"<label for="vat_number">VAT number"#,
        r#"<input id="name" name="name" type="text" value="Thandi Active" autocomplete="name" maxlength="200" required>"#,
    ]);
    let before = sandbox.belongings().await;
    let unfit = sandbox
        .submit(
            &link,
            "billing",
            &[("name", ""), ("email", "unknown"), ("city", "Durban")],
        )
        .await;
    assert_eq!(unfit.status, 422);
    unfit.shows(&[
        r#"role="alert""#,
        r#"aria-invalid="true" aria-describedby="email-error""#,
        r#"id="name-error">Name is required."#,
        r#"value="unknown""#,
        r#"value="Durban""#,
    ]);
    assert_eq!(sandbox.belongings().await, before);

    let fields = [
        ("name", "Thandi A. Active"),
        ("email", "billing@sandbox.test"),
        ("company", "Active (Pty) Ltd"),
        ("vat_number", "4123456789"),
        ("street", "1 Long Street"),
        ("city", "Cape Town"),
        ("postal_code", "8001"),
        ("country", "South Africa"),
    ];
    let page = sandbox.act(&link, "billing", &fields).await;
    assert_eq!(page.notice(), "Your billing information is saved.");
    let state = sandbox.state().await;
    let customer = &state["customers"][0];
    for (name, text) in fields {
        assert_eq!(customer[name], text);
        page.shows(&[text]);
    }
}

#[tokio::test]
async fn billing_information_can_be_edited_before_there_is_a_subscription() {
    let sandbox = Fixture::start().await;
    let link = new(&sandbox, &json!({})).await;
    let page = sandbox
        .act(
            &link,
            "billing",
            &[("name", "Naledi"), ("email", "n@sandbox.test")],
        )
        .await;
    assert_eq!(page.notice(), "Your billing information is saved.");
    page.shows(&["Choose a package", "Signed in as <strong>Naledi</strong>"]);
}
