// What every browser test shares: the sandbox as a user starts it, and a browser with a fresh profile.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
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
