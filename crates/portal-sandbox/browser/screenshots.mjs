// Takes the pictures of `docs/screenshots`: node screenshots.mjs FOLDER

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';

import { startBrowser, startSandbox } from './support.mjs';

const folder = process.argv[2];
const SIZES = { desktop: { width: 1280, height: 800 }, phone: { width: 390, height: 844 } };
/** Pictures are cropped to this height, in pixels, to stay small. */
const MAX_HEIGHT = { desktop: 1500, phone: 1600 };

await mkdir(folder, { recursive: true });
const [sandbox, browser] = await Promise.all([startSandbox(), startBrowser()]);
try {
  const settings = { page_title: 'My SaaS business', redirect_url: 'https://example.com/account' };
  const pages = {
    'kwik': await sandbox.kwikLink({ customer_id: 'cus_demo_active', subscription_id: 'sub_demo_active', settings }),
    'onlineapp': await sandbox.onlineappLink({ email: 'active@sandbox.test', returnUrl: settings.redirect_url }),
    'home': sandbox.url,
  };
  for (const [name, url] of Object.entries(pages)) {
    for (const [size, viewport] of Object.entries(SIZES)) {
      for (const colorScheme of ['light', 'dark']) {
        const page = await browser.page({ viewport, colorScheme, reducedMotion: 'reduce' });
        await page.goto(url);
        const height = await page.evaluate(() => document.documentElement.scrollHeight);
        const path = join(folder, `${name}-${size}-${colorScheme}.png`);
        const clip = { x: 0, y: 0, width: viewport.width, height: Math.min(height, MAX_HEIGHT[size]) };
        await page.screenshot({ path, clip, fullPage: true });
        await page.context().close();
        console.log(path);
      }
    }
  }
} finally {
  await browser.stop();
  await sandbox.stop();
}
