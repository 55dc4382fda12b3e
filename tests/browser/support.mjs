// Shared by the browser tests: the browser, the mails of the app under test, and signing up.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile, readdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { simpleParser } from 'mailparser';
import { chromium } from 'playwright-core';

export const url = process.env.BASE_URL;
export const password = 'seven green teapots sing';

const installed = [
  process.env.CHROMIUM,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
].find(path => path && existsSync(path));
const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

export const launch = () => chromium.launch({
  ...(installed ? { executablePath: installed } : { channel: 'chrome' }),
  args: [
    '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
    '--disable-background-networking', '--disable-component-update', '--disable-sync',
  ],
});

/** A page in a new context. An error in its console, also a violation of its policy, fails the test. */
export async function openPage(browser, options = {}) {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const errors = [];
  page.on('pageerror', error => errors.push(String(error)));
  page.on('console', entry => {
    // The browser logs every response such as 400 as an error; the page handles it.
    if (entry.type() === 'error' && !entry.text().startsWith('Failed to load resource')) {
      errors.push(entry.text());
    }
  });

  return { page, close: async () => { await context.close(); assert.deepEqual(errors, []); } };
}

const rules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/** Runs axe-core. evaluate() is not subject to the policy of the page, which would block the script. */
export async function accessible(page) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(runOnly => window.axe.run({ runOnly }), rules);
  assert.deepEqual(violations.map(violation => `${violation.id}: ${violation.nodes[0].html}`), []);
}

export const post = (path, body, headers = {}) => fetch(`${url}/api/v1${path}`, {
  method: 'POST',
  headers: { 'Content-Type': 'application/json', ...headers },
  body: JSON.stringify(body),
});

export const newAddress = () => `user-${crypto.randomUUID()}@example.com`;

/** Waits for that many mails to an address, and returns the link in the newest. */
export async function mailedLink(email, count = 1) {
  for (let i = 0; i < 200; i++) {
    const mails = await mailsTo(email);
    if (mails.length >= count) {
      return mails.at(-1).text.match(/https?:\S+token=\S+/)[0];
    }

    await pause(100);
  }

  assert.fail(`No mail number ${count} to ${email}`);
}

export async function mailsTo(email) {
  const folder = process.env.MAIL_DIR;
  const files = existsSync(folder) ? (await readdir(folder)).filter(file => file.endsWith('.eml')).sort() : [];
  const texts = await Promise.all(files.map(file => readFile(join(folder, file), 'utf8')));
  // Parsing is slow, and the folder has the mails of all tests.
  const mails = await Promise.all(texts.filter(text => text.includes(email)).map(text => simpleParser(text)));

  return mails.filter(mail => mail.to.text === email);
}

/** Signs a user up, and returns the link that confirms the address. */
export async function signUp() {
  const email = newAddress();
  const response = await post('/auth/register', { email, password });
  assert.equal(response.status, 202);

  return { email, link: await mailedLink(email) };
}

export const canSignIn = async (email, secret = password) =>
  (await post('/auth/login', { email, password: secret })).status === 200;
