// What a customer can do on Kwik's page, and the result of each step.

import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, test } from 'node:test';

import { day, heading, invoiceRows, notice, parts, plain, press, startBrowser, startSandbox, startSandboxWith } from './support.mjs';

const ACTIVE = { customer_id: 'cus_demo_active', subscription_id: 'sub_demo_active' };
const INACTIVE = { customer_id: 'cus_demo_inactive', subscription_id: 'sub_demo_inactive' };
const BACK = 'http://localhost:9/account?from=portal';

let sandbox, browser;
before(async () => {
  [sandbox, browser] = await Promise.all([startSandbox(), startBrowser()]);
});
beforeEach(() => sandbox.reset());
afterEach(() => browser.finish());
after(async () => {
  await browser?.stop();
  await sandbox?.stop();
});

async function open(body, options) {
  const page = await browser.page(options);
  await page.goto(await sandbox.kwikLink(body));
  return page;
}

/** The offered products by interval, in page order. */
async function offers(page) {
  const groups = await page.getByRole('region', { name: /^(Packages|Switch plan)$/ }).getByRole('group').all();
  return Promise.all(
    groups.map(async (group) => [
      await group.locator('legend').innerText(),
      (await group.locator('label').allInnerTexts()).map(plain),
    ]),
  );
}

test('a new customer chooses a package and subscribes', async () => {
  const page = await open({ customer_id: 'cus_demo_new' });
  assert.equal(await heading(page), 'Choose a package');
  assert.deepEqual(await offers(page), [
    ['Monthly', ['Basic R99.00 a month', 'Plus R199.00 a month']],
    ['Yearly', ['Plus R1 990.00 a year']],
  ]);
  await page.getByLabel('Plus R199.00 a month').check();
  await press(page, 'Continue');
  assert.equal(await heading(page), 'Confirm your package');
  const facts = plain(await page.locator('main dl').innerText());
  for (const fact of ['Excluding VAT R173.04', 'VAT, 15 % R25.96', 'Due today R199.00', 'Visa ending in 4242 (demo card)']) {
    assert.ok(facts.includes(fact), `${fact} is not in ${facts}`);
  }
  const subscriptionsOf = async () =>
    (await sandbox.state()).subscriptions.filter((one) => one.customer_id === 'cus_demo_new');
  assert.deepEqual(await subscriptionsOf(), []);

  await press(page, 'Subscribe and pay R199.00');
  assert.equal(await notice(page), 'You are subscribed to Plus. R199.00 was paid.');
  assert.equal(await heading(page), 'Manage your subscription');
  assert.ok(await page.getByText('Visa ending in 4242').isVisible());
  const [subscription] = await subscriptionsOf();
  assert.equal(subscription.status, 'ACTIVE');
  assert.equal(subscription.product_id, 'pro_demo_plus_monthly');
  assert.ok((await page.innerText('main')).includes(`Renews on ${day(subscription.current_period_end)}.`));
  const [[number, issued, amount]] = await invoiceRows(page);
  const [invoice] = await sandbox.invoices('cus_demo_new');
  assert.deepEqual([number, issued, amount], [invoice.number, day(invoice.issued_at), 'R199.00 with R25.96 VAT']);

  // Neither a reload nor going back subscribes a second time.
  await page.reload();
  assert.equal(await page.getByRole('status').count(), 0);
  await page.goBack();
  assert.equal(await heading(page), 'Manage your subscription');
  assert.equal((await subscriptionsOf()).length, 1);
  assert.equal((await sandbox.invoices('cus_demo_new')).length, 1);
});

test('without a chosen package the form is not sent', async () => {
  const page = await open({ customer_id: 'cus_demo_new' });
  // The browser itself refuses to send the form, so no page follows.
  await page.getByRole('button', { name: 'Continue' }).click();
  assert.equal(await heading(page), 'Choose a package');
  assert.equal(await page.locator('input:invalid').count(), 3);
});

test('a cancellation at the end of the period is confirmed, pending, and taken back', async () => {
  const page = await open(ACTIVE);
  const { current_period_end: end } = await sandbox.subscription('sub_demo_active');
  await press(page, 'Cancel subscription', 'link');
  assert.equal(await heading(page), 'Cancel your subscription?');
  assert.ok((await page.innerText('main')).includes(`You can use Plus until ${day(end)}`));
  await press(page, 'Keep subscription', 'link');
  assert.equal(await heading(page), 'Manage your subscription');
  assert.equal((await sandbox.subscription('sub_demo_active')).cancel_at_period_end, false);

  await press(page, 'Cancel subscription', 'link');
  await press(page, `Cancel on ${day(end)}`);
  assert.equal(await notice(page), `Your subscription is cancelled. You can use it until ${day(end)}.`);
  assert.ok(await page.getByText('Cancelled, still running').isVisible());
  assert.ok((await page.innerText('main')).includes(`Ends on ${day(end)}.`));
  assert.deepEqual(await parts(page), ['Subscription', 'Payment methods', 'Billing information', 'Invoices']);
  let subscription = await sandbox.subscription('sub_demo_active');
  assert.equal(subscription.status, 'ACTIVE');
  assert.equal(subscription.cancel_at_period_end, true);
  assert.notEqual(subscription.canceled_at, null);

  await press(page, 'Keep subscription');
  assert.equal(await notice(page), `Your subscription continues. It renews on ${day(end)}.`);
  assert.ok(await page.getByText('Active', { exact: true }).isVisible());
  subscription = await sandbox.subscription('sub_demo_active');
  assert.equal(subscription.cancel_at_period_end, false);
  assert.equal(subscription.canceled_at, null);
  assert.equal(subscription.current_period_end, end);
});

test('a pending cancellation takes effect when the period ends', async () => {
  const page = await open(ACTIVE);
  await press(page, 'Cancel subscription', 'link');
  await press(page, /^Cancel on /);
  const { current_period_end: end } = await sandbox.subscription('sub_demo_active');
  await sandbox.advance(19);
  const { status, ended_at } = await sandbox.subscription('sub_demo_active');
  assert.deepEqual([status, ended_at], ['INACTIVE', end]);
  const later = await open(ACTIVE);
  assert.ok((await later.innerText('main')).includes(`Ended on ${day(end)}.`));
  assert.equal((await invoiceRows(later)).length, 2);
});

test('with cancel_type NOW the subscription ends at once, and can be reactivated', async () => {
  const page = await open({ ...ACTIVE, settings: { cancel_type: 'NOW' } });
  const { current_period_end: end } = await sandbox.subscription('sub_demo_active');
  await press(page, 'Cancel subscription', 'link');
  assert.ok((await page.innerText('main')).includes(`Plus ends at once, although it is paid until ${day(end)}.`));
  await press(page, 'Cancel now');
  assert.equal(await notice(page), 'Your subscription is cancelled and has ended.');
  assert.ok(await page.getByText('Inactive', { exact: true }).isVisible());
  const ended = await sandbox.subscription('sub_demo_active');
  assert.deepEqual([ended.status, ended.current_period_end], ['INACTIVE', end]);
  assert.ok((await page.innerText('main')).includes(`Ended on ${day(ended.ended_at)}.`));

  await press(page, 'Reactivate subscription', 'link');
  await press(page, 'Reactivate and pay R199.00');
  assert.equal(await notice(page), 'Your subscription is active again. R199.00 was paid.');
  assert.equal((await sandbox.subscription('sub_demo_active')).status, 'ACTIVE');
  assert.equal((await invoiceRows(page)).length, 3);
});

test('a pending cancellation can be made immediate where the link says NOW', async () => {
  const page = await open(ACTIVE);
  await press(page, 'Cancel subscription', 'link');
  await press(page, /^Cancel on /);
  assert.equal(await page.getByRole('link', { name: 'Cancel now' }).count(), 0);
  await page.goto(await sandbox.kwikLink({ ...ACTIVE, settings: { cancel_type: 'NOW' } }));
  await press(page, 'Cancel now', 'link');
  await press(page, 'Cancel now');
  assert.equal((await sandbox.subscription('sub_demo_active')).status, 'INACTIVE');
});

test('an inactive subscription is reactivated and invoiced', async () => {
  const page = await open(INACTIVE);
  assert.ok(await page.getByText('Inactive', { exact: true }).isVisible());
  await press(page, 'Reactivate subscription', 'link');
  assert.equal(await heading(page), 'Reactivate your subscription');
  assert.ok(plain(await page.innerText('main')).includes('Paid with Mastercard ending in 4444'));
  await press(page, 'Reactivate and pay R99.00');
  assert.equal(await notice(page), 'Your subscription is active again. R99.00 was paid.');
  const subscription = await sandbox.subscription('sub_demo_inactive');
  assert.deepEqual([subscription.status, subscription.ended_at], ['ACTIVE', null]);
  assert.ok((await page.innerText('main')).includes(`Renews on ${day(subscription.current_period_end)}.`));
  assert.deepEqual((await sandbox.invoices('cus_demo_inactive')).map((one) => one.amount_cents), [9900, 9900]);
});

test('a plan is switched to an offered product, whose price applies from the next invoice on', async () => {
  const settings = { products_ids: ['pro_demo_plus_yearly', 'pro_demo_plus_monthly', 'pro_demo_basic_monthly'] };
  const page = await open({ ...ACTIVE, settings });
  assert.deepEqual(await offers(page), [
    ['Monthly', ['Basic R99.00 a month', 'Plus Your plan R199.00 a month']],
    ['Yearly', ['Plus R1 990.00 a year']],
  ]);
  assert.ok(await page.getByRole('radio', { name: 'Plus Your plan' }).isDisabled());
  await page.getByLabel('Basic R99.00 a month').check();
  await press(page, 'Review the switch');
  assert.equal(await heading(page), 'Switch your plan?');
  assert.ok(plain(await page.innerText('main')).includes('Plan now Plus, R199.00 a month New plan Basic, R99.00 a month'));
  await press(page, 'Switch to Basic');
  const { product_id, current_period_end: end } = await sandbox.subscription('sub_demo_active');
  assert.equal(product_id, 'pro_demo_basic_monthly');
  assert.equal(await notice(page), `Your plan is now Basic. You pay R99.00 a month from ${day(end)} on.`);
  await sandbox.advance(19);
  assert.deepEqual((await sandbox.invoices('cus_demo_active')).map((one) => one.amount_cents), [19900, 19900, 9900]);
});

test('products are grouped by interval, shortest first, and in ascending amount regardless of the order in the link', async () => {
  const more = [
    ['y', 'YEARLY', 100], ['h', 'EVERY_6_MONTHS', 600], ['w2', 'WEEKLY', 900], ['d', 'DAILY', 100_000], ['w1', 'WEEKLY', 800],
    ['q', 'EVERY_3_MONTHS', 300],
  ].map(([id, period, amount]) => `[[kwik.products]]\nid = "pro_${id}"\nname = "${id}"\namount_cents = ${amount}\nbilling_period = "${period}"\n`);
  const rich = await startSandboxWith((seed) => `${seed}\n${more.join('\n')}`);
  try {
    const named = ['y', 'w2', 'demo_plus_monthly', 'h', 'demo_basic_monthly', 'd', 'q', 'w1'].map((id) => `pro_${id}`);
    const page = await browser.page();
    await page.goto(await rich.kwikLink({ customer_id: 'cus_demo_new', settings: { products_ids: named } }));
    assert.deepEqual(await offers(page), [
      ['Daily', ['d R1 000.00 a day']],
      ['Weekly', ['w1 R8.00 a week', 'w2 R9.00 a week']],
      ['Monthly', ['Basic R99.00 a month', 'Plus R199.00 a month']],
      ['Quarterly', ['q R3.00 every 3 months']],
      ['Half-yearly', ['h R6.00 every 6 months']],
      ['Yearly', ['y R1.00 a year']],
    ]);
  } finally {
    await rich.stop();
  }
});

test('only the products that the link names are offered, and a request for another is refused', async () => {
  const link = await sandbox.kwikLink({ ...ACTIVE, settings: { products_ids: ['pro_demo_plus_yearly'] } });
  const page = await browser.page();
  await page.goto(link);
  assert.deepEqual(await offers(page), [['Yearly', ['Plus R1 990.00 a year']]]);
  await page.goto(`${link}/switch?product=pro_demo_basic_monthly`);
  assert.equal(await heading(page), 'This link does not allow that');
});

test('billing information is edited', async () => {
  const page = await open(ACTIVE);
  await press(page, 'Edit billing information', 'link');
  assert.equal(await page.getByLabel('Name').inputValue(), 'Thandi Active');
  await page.getByLabel('Company').fill('  Ubuntu Traders (Pty) Ltd ');
  await page.getByLabel('VAT number').fill('4123456789');
  await page.getByLabel('City').fill('Durban');
  await press(page, 'Save');
  assert.equal(await notice(page), 'Your billing information is saved.');
  const shown = plain(await page.getByRole('region', { name: 'Billing information' }).innerText());
  for (const text of ['Company Ubuntu Traders (Pty) Ltd', 'VAT number 4123456789', 'City Durban']) {
    assert.ok(shown.includes(text), `${text} is not in ${shown}`);
  }
  const { customers } = await sandbox.state();
  const thandi = customers.find(({ id }) => id === 'cus_demo_active');
  assert.deepEqual([thandi.company, thandi.vat_number, thandi.city], ['Ubuntu Traders (Pty) Ltd', '4123456789', 'Durban']);
});

test('invalid billing information is marked, and the entered text is kept', async () => {
  const page = await open(ACTIVE);
  const before = (await sandbox.state()).customers;
  await press(page, 'Edit billing information', 'link');
  await page.getByLabel('Name').fill('   ');
  await page.getByLabel('E-mail').fill('thandi at sandbox');
  await page.getByLabel('City').fill('Durban');
  // This browser would refuse the address itself; not every browser does.
  await page.locator('main form').evaluate((form) => { form.noValidate = true; });
  const [answer] = await Promise.all([page.waitForResponse(/\/billing$/), press(page, 'Save')]);
  assert.equal(answer.status(), 422);
  assert.equal(await page.getByRole('alert').innerText(), 'Nothing was saved yet. Look at the marked fields.');
  for (const [label, message, entered] of [
    ['Name', 'Name is required.', ''],
    ['E-mail', 'E-mail must be an address like name@example.com.', 'thandi at sandbox'],
  ]) {
    const field = page.getByLabel(label);
    assert.equal(await field.getAttribute('aria-invalid'), 'true');
    assert.equal(await field.inputValue(), entered);
    assert.equal(await page.locator(`#${await field.getAttribute('aria-describedby')}`).innerText(), message);
  }
  assert.equal(await page.locator('[aria-invalid]').count(), 2);
  assert.equal(await page.getByLabel('City').inputValue(), 'Durban');
  assert.deepEqual((await sandbox.state()).customers, before);

  await page.getByLabel('Name').fill('Thandi Moved');
  await page.getByLabel('E-mail').fill('moved@sandbox.test');
  await press(page, 'Save');
  assert.equal(await notice(page), 'Your billing information is saved.');
  assert.ok((await page.innerText('main')).includes('Durban'));
});

test('each setting that is off hides its own part and closes its own step only', async () => {
  const whole = {
    subscription: (page) => page.getByRole('region', { name: 'Subscription', exact: true }),
    invoices: (page) => page.getByRole('region', { name: 'Invoices' }),
    billing: (page) => page.getByRole('region', { name: 'Billing information' }),
    edit: (page) => page.getByRole('link', { name: 'Edit billing information' }),
    cancel: (page) => page.getByRole('link', { name: 'Cancel subscription' }),
    switch: (page) => page.getByRole('region', { name: 'Switch plan' }),
  };
  const page = await browser.page();
  for (const [setting, hidden, step] of [
    ['none', []],
    ['show_invoices', ['invoices']],
    ['show_billing_info', ['billing', 'edit'], 'billing'],
    ['allow_update_billing_info', ['edit'], 'billing'],
    ['allow_cancel', ['cancel'], 'cancel'],
    ['allow_switch_plan', ['switch'], 'switch?product=pro_demo_basic_monthly'],
  ]) {
    const link = await sandbox.kwikLink({ ...ACTIVE, settings: setting === 'none' ? {} : { [setting]: false } });
    await page.goto(link);
    const seen = await Promise.all(Object.values(whole).map((part) => part(page).isVisible()));
    assert.deepEqual(Object.keys(whole).filter((_, index) => !seen[index]), hidden, setting);
    if (step) {
      assert.equal((await page.goto(`${link}/${step}`)).status(), 403, setting);
      assert.equal(await heading(page), 'This link does not allow that');
    }
  }
});

test('the title and the return link are on every step, and the return link works', async () => {
  const page = await open({ ...ACTIVE, settings: { page_title: 'My SaaS business', redirect_url: BACK } });
  await page.route('http://localhost:9/**', (route) => route.fulfill({ body: 'shop', contentType: 'text/plain' }));
  assert.equal(await page.title(), 'My SaaS business');
  await press(page, 'Cancel subscription', 'link');
  assert.equal(await page.title(), 'Cancel your subscription? – My SaaS business');
  assert.equal(await page.getByRole('banner').getByText('My SaaS business').count(), 1);
  await page.getByRole('link', { name: 'Back to site' }).click();
  await page.waitForURL(BACK);
  assert.equal((await sandbox.subscription('sub_demo_active')).cancel_at_period_end, false);

  const without = await open(ACTIVE);
  assert.equal(await without.getByRole('link', { name: 'Back to site' }).count(), 0);
  await press(without, 'Cancel subscription', 'link');
  assert.equal(await without.getByRole('link', { name: 'Back to site' }).count(), 0);
});

test('a renewal adds its invoice', async () => {
  const { current_period_end: end } = await sandbox.subscription('sub_demo_active');
  assert.equal((await invoiceRows(await open(ACTIVE))).length, 2);
  await sandbox.advance(19);
  const page = await open(ACTIVE);
  const rows = await invoiceRows(page);
  assert.equal(rows.length, 3);
  const invoice = (await sandbox.invoices('cus_demo_active')).at(-1);
  assert.deepEqual(rows[0], [invoice.number, day(end), 'R199.00 with R25.96 VAT']);
  const subscription = await sandbox.subscription('sub_demo_active');
  assert.equal(subscription.current_period_start, end);
  assert.ok((await page.innerText('main')).includes(`Renews on ${day(subscription.current_period_end)}.`));
});

test('a customer replaces the card that is charged', async () => {
  const page = await open(ACTIVE);
  await press(page, 'Use another card', 'link');
  assert.equal(await heading(page), 'Use another card');
  const facts = plain(await page.locator('main dl').innerText());
  assert.ok(facts.includes('Mastercard ending in 4444, valid until'), facts);
  await press(page, 'Use this card');
  assert.equal(await notice(page), 'You pay with Mastercard ending in 4444 from now on.');
  const payment = page.getByRole('region', { name: 'Payment methods' });
  assert.match(plain(await payment.innerText()), /Mastercard ending in 4444, valid until 12\/\d{4} Default/);
});
