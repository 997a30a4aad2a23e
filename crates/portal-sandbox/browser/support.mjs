// What every browser test shares: the sandbox as a user starts it, and a browser with a fresh profile.

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
// The packages live under target/, where `cargo xtask ci browser` puts them, and not beside these files.
const packages = createRequire(join(process.env.PORTAL_BROWSER_PACKAGES ?? join(root, 'target/tools/browser'), 'package.json'));

/** The package that these tests drive Chromium with, and the one that judges accessibility. */
export const { chromium } = packages('playwright-core');
export const axe = packages.resolve('axe-core/axe.min.js');

/** The program under test. */
export const portal = process.env.PORTAL_BIN ?? join(root, 'target/debug/portal');

export const DESKTOP = { width: 1280, height: 800 };
export const PHONE = { width: 390, height: 844 };

export const KWIK_BASIC = `Basic ${btoa('sandbox_key:sandbox_secret')}`;

/** Starts a sandbox on a free port of this machine; `stop` ends that process alone. */
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
    /** Tells the control API to do something; whatever is not done is an error. */
    control: async (path, body = {}) => {
      const answer = await fetch(`${ready.url}/_sandbox/${path}`, { method: 'POST', body: JSON.stringify(body) });
      assert.ok(answer.ok, `${path}: ${answer.status} ${await answer.text()}`);
    },
    /** Back to the seed: what a test changed is gone, with every link and every webhook. */
    reset: async function () {
      await this.control('reset');
    },
    /** Moves the sandbox's time; once it is done, so is all that fell due meanwhile. */
    advance: async function (days) {
      await this.control('clock', { advance_seconds: days * 86_400 });
    },
    /** Returns a subscription as the control API shows it. */
    subscription: async function (id) {
      return (await this.state()).subscriptions.find((one) => one.id === id);
    },
    /** Returns what a Kwik customer or an OnlineApp user was invoiced, oldest first. */
    invoices: async function (holder) {
      return (await this.state()).invoices.filter((one) => [one.customer_id, one.user_id].includes(holder));
    },
    /** Makes a Kwik link and returns its address. */
    kwikLink: async function (body) {
      return (await this.callKwik(body)).json.result.link_url;
    },
    /** Makes an OnlineApp link and returns its address. */
    onlineappLink: async function (body) {
      return (await this.callOnlineapp(body)).json.url;
    },
  };
}

/** Starts a sandbox whose seed file is the default one as `change` rewrites it. */
export async function startSandboxWith(change) {
  const folder = await mkdtemp(join(tmpdir(), 'portal-browser-'));
  try {
    const seed = join(folder, 'seed.toml');
    await writeFile(seed, change(execFileSync(portal, ['sandbox', 'seed', '--print'], { encoding: 'utf8' })));
    return await startSandbox('--seed', seed);
  } finally {
    // It was read once, at the start.
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

/** Starts Chromium with a profile of its own, and names that resolve as `rules` say. */
export async function startBrowser(...rules) {
  const args = [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    // Nothing but this machine is ever asked, whatever a page names.
    `--host-resolver-rules=${[...rules, 'MAP * ~NOTFOUND', 'EXCLUDE 127.0.0.1', 'EXCLUDE localhost'].join(', ')}`,
  ];
  // Without a directory of its own the profile is fresh, and gone afterwards.
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args });
  return {
    page: async (options = {}) => watched(await (await browser.newContext({ viewport: DESKTOP, ...options })).newPage()),
    /** Closes every page; what the browser complained of on any of them is an error. */
    finish: async () => {
      const pages = browser.contexts().flatMap((context) => context.pages());
      const complaints = pages.flatMap((page) => page.complaints);
      await Promise.all(browser.contexts().map((context) => context.close()));
      assert.deepEqual(complaints, []);
    },
    stop: () => browser.close(),
  };
}

/** Notes what the browser complains of on the page, such as a violation of its security policy. */
function watched(page) {
  page.complaints = [];
  page.on('console', (message) => {
    // A page that is meant to be refused says so by its status, which the browser writes down as an error.
    if (['error', 'warning'].includes(message.type()) && !/the server responded with a status of 4\d\d/.test(message.text())) {
      page.complaints.push(message.text());
    }
  });
  page.on('pageerror', (error) => page.complaints.push(String(error)));
  return page;
}

/** The one heading of a page's first level. */
export const heading = (page) => page.getByRole('heading', { level: 1 }).innerText();

/** The line that says what came of the last step. */
export const notice = (page) => page.getByRole('status').innerText();

/** Takes a step that leads to another page, and waits until that one is whole: the step alone ends while it is read. */
export const arrive = (page, step) => Promise.all([page.waitForEvent('load'), step()]);

/** Presses a button that leads to another page, or follows a link. */
export const press = (page, name, role = 'button') =>
  arrive(page, () => page.getByRole(role, { name, exact: true }).click());

/** The parts of a page, in its order. */
export const parts = (page) => page.getByRole('heading', { level: 2 }).allInnerTexts();

/** The rows of a page's invoices, newest first, each with the text of its cells. */
export async function invoiceRows(page) {
  const rows = await page.getByRole('region', { name: 'Invoices' }).locator('tbody tr').all();
  return Promise.all(rows.map(async (row) => (await row.locator('th, td').allInnerTexts()).map(plain)));
}

/** Text with each run of white space, breaking or not, as one space. */
export const plain = (text) => text.replace(/\s+/gu, ' ').trim();

/** A day as the pages write it: `13 March 2026`. */
export const day = (moment) =>
  new Date(moment).toLocaleDateString('en-GB', { day: 'numeric', month: 'long', year: 'numeric', timeZone: 'UTC' });
