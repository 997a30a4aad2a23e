use serde_json::{Value, json};

use crate::support::Fixture;

const ACTIVE: &str = "sub_sandbox_active";

async fn active(sandbox: &Fixture) -> String {
    sandbox
        .onlineapp_link(
            &json!({ "email": "active@sandbox.test", "returnUrl": "https://my.site/account" }),
        )
        .await
}

#[tokio::test]
async fn a_cancellation_at_the_periods_end_can_be_undone_in_both_dialects() {
    for sandbox in [Fixture::start().await, Fixture::v3().await] {
        let link = active(&sandbox).await;
        let before = sandbox.subscription(ACTIVE).await;
        let confirm = sandbox.look(&link, "cancel").await;
        confirm.shows(&[
            "<h1>Cancel your subscription?</h1>",
            r#"name="when" value="period_end" checked"#,
            r#"name="when" value="now">"#,
            r#"href="https://my.site/account""#,
        ]);
        assert_eq!(sandbox.subscription(ACTIVE).await, before);

        let page = sandbox
            .act(&link, "cancel", &[("when", "period_end")])
            .await;
        assert_eq!(
            page.notice(),
            "Your subscription is cancelled. You can use it until 31 March 2026."
        );
        page.shows(&["Cancelled, still running", ">Keep subscription</button>"]);
        let pending = sandbox.subscription(ACTIVE).await;
        assert_eq!(
            (
                &pending["status"],
                &pending["cancel_at_period_end"],
                &pending["canceled_at"],
                &pending["ended_at"]
            ),
            (
                &json!("active"),
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
        assert_eq!(sandbox.subscription(ACTIVE).await, before);
    }
}

#[tokio::test]
async fn an_immediate_cancellation_is_reactivated_with_a_new_period_and_an_invoice_in_both_dialects()
 {
    for sandbox in [Fixture::start().await, Fixture::v3().await] {
        let link = active(&sandbox).await;
        let page = sandbox.act(&link, "cancel", &[("when", "now")]).await;
        assert_eq!(
            page.notice(),
            "Your subscription is cancelled and has ended."
        );
        page.shows(&[
            ">Cancelled</span>",
            "Ended on 13 March 2026.",
            "Reactivate subscription",
        ]);
        let ended = sandbox.subscription(ACTIVE).await;
        assert_eq!(
            (
                &ended["status"],
                &ended["ended_at"],
                &ended["current_period_end"]
            ),
            (
                &json!("canceled"),
                &json!("2026-03-13T11:30:00Z"),
                &json!("2026-03-31T11:30:00Z")
            )
        );

        sandbox
            .look(&link, "reactivate")
            .await
            .shows(&[">Reactivate and pay $9.99</button>"]);
        let page = sandbox.act(&link, "reactivate", &[]).await;
        assert_eq!(
            page.notice(),
            "Your subscription is active again. It renews on 13 April 2026."
        );
        page.shows(&["INV-0004", "INV-0005", "$9.99"]);
        let again = sandbox.subscription(ACTIVE).await;
        assert_eq!(
            (
                &again["status"],
                &again["current_period_start"],
                &again["canceled_at"],
                &again["ended_at"]
            ),
            (
                &json!("active"),
                &json!("2026-03-13T11:30:00Z"),
                &Value::Null,
                &Value::Null
            )
        );
    }
}

#[tokio::test]
async fn a_pending_cancellation_can_be_made_immediate() {
    let sandbox = Fixture::start().await;
    let link = active(&sandbox).await;
    // The default keeps what was paid for.
    sandbox.act(&link, "cancel", &[]).await;
    let confirm = sandbox.look(&link, "cancel").await;
    confirm.shows(&[r#"value="now" checked"#]);
    confirm.hides(&[r#"value="period_end""#]);
    sandbox.advance(60);
    sandbox.act(&link, "cancel", &[("when", "now")]).await;
    let ended = sandbox.subscription(ACTIVE).await;
    assert_eq!(
        (
            &ended["cancel_at_period_end"],
            &ended["canceled_at"],
            &ended["ended_at"]
        ),
        (
            &json!(false),
            &json!("2026-03-13T11:30:00Z"),
            &json!("2026-03-13T11:31:00Z")
        )
    );
}

#[tokio::test]
async fn a_user_without_a_subscription_can_start_a_demo_one() {
    let sandbox = Fixture::start().await;
    let link = sandbox
        .onlineapp_link(&json!({ "email": "new@sandbox.test" }))
        .await;
    let page = sandbox.get(&link).await;
    page.shows(&[
        "There is no subscription on this account.",
        ">Start a demo subscription</button>",
        "There are no invoices yet.",
    ]);
    let page = sandbox.act(&link, "start", &[]).await;
    assert_eq!(
        page.notice(),
        "Demo, monthly has begun. It renews on 13 April 2026."
    );
    page.shows(&[">Active</span>", "INV-0005", "Cancel subscription"]);
    let user = &sandbox.users_with("new@sandbox.test").await[0];
    let state = sandbox.state().await;
    let subscriptions = state["subscriptions"].as_array().unwrap();
    assert!(
        subscriptions
            .iter()
            .any(|one| one["user_id"] == user["id"] && one["status"] == "active")
    );
}

#[tokio::test]
async fn a_step_taken_twice_changes_nothing_more_and_says_so() {
    let sandbox = Fixture::start().await;
    let active = active(&sandbox).await;
    let new = sandbox
        .onlineapp_link(&json!({ "email": "new@sandbox.test" }))
        .await;
    for (link, step, fields, notice) in [
        (&new, "start", vec![], "There is already a subscription."),
        (
            &active,
            "cancel",
            vec![("when", "period_end")],
            "Your subscription is already cancelled.",
        ),
        (&active, "keep", vec![], "There is no cancellation to undo."),
        (
            &active,
            "cancel",
            vec![("when", "now")],
            "Your subscription is already cancelled.",
        ),
        (
            &active,
            "reactivate",
            vec![],
            "Your subscription is already active.",
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
}

#[tokio::test]
async fn a_step_without_a_subscription_changes_nothing_and_says_so() {
    let sandbox = Fixture::start().await;
    let link = sandbox
        .onlineapp_link(&json!({ "email": "new@sandbox.test" }))
        .await;
    let before = sandbox.belongings().await;
    for step in ["cancel", "keep", "reactivate"] {
        let page = sandbox.act(&link, step, &[]).await;
        assert_eq!(
            page.notice(),
            "There is no subscription on this account. Nothing was changed."
        );
    }
    for step in ["cancel", "reactivate", "start", "keep"] {
        let answer = sandbox.look(&link, step).await;
        assert_eq!(
            (answer.status, answer.header("location")),
            (303, link.as_str())
        );
    }
    for step in ["elsewhere", "subscribe"] {
        assert_eq!(sandbox.look(&link, step).await.status, 404);
        assert_eq!(sandbox.submit(&link, step, &[]).await.status, 404);
    }
    assert_eq!(sandbox.belongings().await, before);
}
