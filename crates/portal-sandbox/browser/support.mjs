// Shared by all browser tests: starts the sandbox as a user would, and a browser with a fresh profile.

import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '../../..');
// `cargo xtask ci browser` installs the packages under target/, not beside these files.
const packages = createRequire(join(process.env.PORTAL_BROWSER_PACKAGES ?? join(root, 'target/tools/browser'), 'package.json'));

/** Playwright drives Chromium; axe-core checks accessibility. */
export const { chromium } = packages('playwright-core');
export const axe = packages.resolve('axe-core/axe.min.js');

/** The program under test. */
export const portal = process.env.PORTAL_BIN ?? join(root, 'target/debug/portal');

export const DESKTOP = { width: 1280, height: 800 };
export const PHONE = { width: 390, height: 844 };

export const KWIK_BASIC = `Basic ${btoa('sandbox_key:sandbox_secret')}`;

/** Starts a sandbox on a free port of this machine; `stop` ends the process. */
export async function startSandbox(...extra) {
  const child = spawn(portal, ['sandbox', '--listen', '127.0.0.1:0', '--json', ...extra], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  const first = once(createInterface({ input: child.stdout }), 'line');
  const line = await Promise.race([first, ended.then(([code]) => { throw new Error(`the sandbox ended with ${code}`); })]);
  const ready = JSON.parse(line[0]);
  return {
    ...ready,
    pid: child.pid,
    stop: async () => {
      child.kill('SIGTERM');
      await ended;
    },
    callKwik: (body) => call(`${ready.kwik.base_url}customer-portal/link`, { authorization: KWIK_BASIC }, body),
    callOnlineapp: (body) =>
      call(`${ready.url}/api/v1/paywall/547/get-customer-portal`, { 'x-api-key': ready.onlineapp.api_key }, body),
    state: async () => (await fetch(`${ready.url}/_sandbox/state`)).json(),
    journal: async () => (await fetch(`${ready.url}/_sandbox/journal`)).json(),
    /** Sends a command to the control API; an unsuccessful answer is an error. */
    control: async (path, body = {}) => {
      const answer = await fetch(`${ready.url}/_sandbox/${path}`, { method: 'POST', body: JSON.stringify(body) });
      assert.ok(answer.ok, `${path}: ${answer.status} ${await answer.text()}`);
    },
    /** Resets the sandbox to its seed: no link, no webhook, no change remains. */
    reset: async function () {
      await this.control('reset');
    },
    /** Moves the sandbox's clock, and returns when everything due in that time is done. */
    advance: async function (days) {
      await this.control('clock', { advance_seconds: days * 86_400 });
    },
    /** Returns a subscription from the control API. */
    subscription: async function (id) {
      return (await this.state()).subscriptions.find((one) => one.id === id);
    },
    /** Returns the invoices of a Kwik customer or an OnlineApp user, oldest first. */
    invoices: async function (holder) {
      return (await this.state()).invoices.filter((one) => [one.customer_id, one.user_id].includes(holder));
    },
    /** Creates a Kwik link and returns its URL. */
    kwikLink: async function (body) {
      return (await this.callKwik(body)).json.result.link_url;
    },
    /** Creates an OnlineApp link and returns its URL. */
    onlineappLink: async function (body) {
      return (await this.callOnlineapp(body)).json.url;
    },
  };
}

/** Starts a sandbox with the default seed file after `change` has edited its text. */
export async function startSandboxWith(change) {
  const folder = await mkdtemp(join(tmpdir(), 'portal-browser-'));
  try {
    const seed = join(folder, 'seed.toml');
    await writeFile(seed, change(execFileSync(portal, ['sandbox', 'seed', '--print'], { encoding: 'utf8' })));
    return await startSandbox('--seed', seed);
  } finally {
    // The sandbox reads the seed only at its start.
    await rm(folder, { recursive: true });
  }
}

async function call(url, headers, body) {
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  return { status: answer.status, json: await answer.json() };
}

/** Starts Chromium with its own profile; `rules` map host names to addresses. */
export async function startBrowser(...rules) {
  const args = [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    // No request leaves this machine, even if a page names another host.
    `--host-resolver-rules=${[...rules, 'MAP * ~NOTFOUND', 'EXCLUDE 127.0.0.1', 'EXCLUDE localhost'].join(', ')}`,
  ];
  // Without a user data directory, Playwright creates a fresh profile and deletes it afterwards.
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args });
  return {
    page: async (options = {}) => recordComplaints(await (await browser.newContext({ viewport: DESKTOP, ...options })).newPage()),
    /** Closes every page; a warning or an error in a browser console fails. */
    finish: async () => {
      const pages = browser.contexts().flatMap((context) => context.pages());
      const complaints = pages.flatMap((page) => page.complaints);
      await Promise.all(browser.contexts().map((context) => context.close()));
      assert.deepEqual(complaints, []);
    },
    stop: () => browser.close(),
  };
}

/** Records the console warnings and errors of a page, such as violations of its security policy. */
function recordComplaints(page) {
  page.complaints = [];
  page.on('console', (message) => {
    // The browser logs an expected 4xx status as an error too.
    if (['error', 'warning'].includes(message.type()) && !/the server responded with a status of 4\d\d/.test(message.text())) {
      page.complaints.push(message.text());
    }
  });
  page.on('pageerror', (error) => page.complaints.push(String(error)));
  return page;
}

/** The text of the page's only level-one heading. */
export const heading = (page) => page.getByRole('heading', { level: 1 }).innerText();

/** The status line with the result of the last step. */
export const notice = (page) => page.getByRole('status').innerText();

/** Runs a step that opens another page, and waits for that page's `load` event; the step alone ends earlier. */
export const arrive = (page, step) => Promise.all([page.waitForEvent('load'), step()]);

/** Presses a button or follows a link, and waits for the next page. */
export const press = (page, name, role = 'button') =>
  arrive(page, () => page.getByRole(role, { name, exact: true }).click());

/** The section headings of a page, in page order. */
export const parts = (page) => page.getByRole('heading', { level: 2 }).allInnerTexts();

/** The invoice rows of a page, newest first, as cell texts. */
export async function invoiceRows(page) {
  const rows = await page.getByRole('region', { name: 'Invoices' }).locator('tbody tr').all();
  return Promise.all(rows.map(async (row) => (await row.locator('th, td').allInnerTexts()).map(plain)));
}

/** Replaces each run of white space, breaking or not, by one space. */
export const plain = (text) => text.replace(/\s+/gu, ' ').trim();

/** Formats a day as the pages do: `13 March 2026`. */
export const day = (moment) =>
  new Date(moment).toLocaleDateString('en-GB', { day: 'numeric', month: 'long', year: 'numeric', timeZone: 'UTC' });
