use serde_json::json;

use crate::support::Fixture;

#[tokio::test]
async fn a_customer_can_replace_the_card_that_is_charged() {
    let sandbox = Fixture::start().await;
    let body = json!({ "customer_id": "cus_demo_active", "subscription_id": "sub_demo_active" });
    let link = sandbox.kwik_link(&body).await;
    sandbox.get(&link).await.shows(&[
        "Visa ending in 4242, valid until 12/2030",
        ">Use another card</a>",
    ]);
    let confirm = sandbox.look(&link, "card").await;
    confirm.shows(&[
        "<h1>Use another card</h1>",
        "Visa ending in 4242",
        "Mastercard ending in 4444, valid until 12/2030",
        ">Use this card</button>",
    ]);
    let wanted = [("card", confirm.hidden("card"))];
    let page = sandbox.act(&link, "card", &wanted).await;
    assert_eq!(
        page.notice(),
        "You pay with Mastercard ending in 4444 from now on."
    );
    page.hides(&["4242"]);
    let again = sandbox.act(&link, "card", &wanted).await;
    assert_eq!(
        again.notice(),
        "You already pay with Mastercard ending in 4444. Nothing was changed."
    );
    sandbox
        .look(&link, "card")
        .await
        .shows(&["Visa ending in 4242, valid until 12/2030"]);
}

#[tokio::test]
async fn a_customer_without_a_card_can_add_one() {
    let sandbox = Fixture::start().await;
    let link = sandbox
        .kwik_link(&json!({ "customer_id": "cus_demo_new" }))
        .await;
    sandbox
        .get(&link)
        .await
        .shows(&["There is no card on this account yet.", ">Add a card</a>"]);
    let confirm = sandbox.look(&link, "card").await;
    confirm.shows(&["<h1>Add a card</h1>", "No card"]);
    let page = sandbox
        .act(&link, "card", &[("card", confirm.hidden("card"))])
        .await;
    assert_eq!(
        page.notice(),
        "You pay with Visa ending in 4242 from now on."
    );
    page.shows(&["Visa ending in 4242, valid until 12/2030"]);
}

#[tokio::test]
async fn only_a_demo_card_can_be_used() {
    let sandbox = Fixture::start().await;
    let link = sandbox
        .kwik_link(&json!({ "customer_id": "cus_demo_new" }))
        .await;
    for fields in [&[][..], &[("card", "4000")], &[("card", "")]] {
        assert_eq!(sandbox.submit(&link, "card", fields).await.status, 403);
    }
    sandbox
        .get(&link)
        .await
        .shows(&["There is no card on this account yet."]);
}
