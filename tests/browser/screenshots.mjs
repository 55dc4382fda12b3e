// Makes the pictures of the docs: REPOSITORY/docs/images has those of the README, REPOSITORY/template/docs/images those
// of the project's own docs. Run by BrowserTests.cs where SCREENSHOTS is set.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import UPNG from 'upng-js';
import { launch, mailsTo, mailedLink, openPage, password, post, url } from './support.mjs';

const forReadme = join(process.env.REPOSITORY, 'docs', 'images');
const forDocs = join(process.env.REPOSITORY, 'template', 'docs', 'images');
const email = `ada-${crypto.randomUUID().slice(0, 4)}@example.com`;
const newEmail = email.replace('ada', 'ada.lovelace');
const newPassword = 'eight blue kettles hum at dusk';
await mkdir(forReadme, { recursive: true });
await mkdir(forDocs, { recursive: true });
const browser = await launch();

async function onPage(width, height, show) {
  const { page, close } = await openPage(browser, { viewport: { width, height }, locale: 'en-US' });
  await show(page);
  await close();
}

/** PNG for READMEs, with a palette of 64 colours: a quarter of the size. */
async function savePng(page, name) {
  const picture = UPNG.decode(await page.screenshot());
  const smaller = UPNG.encode(UPNG.toRGBA8(picture), picture.width, picture.height, 64);
  await writeFile(join(forReadme, `${name}.png`), Buffer.from(smaller));
}

/** WebP of an element; Playwright itself writes PNG and JPEG only. */
async function saveWebp(page, name, selector) {
  const tools = await page.context().newCDPSession(page);
  const { x, y, width, height } = await page.locator(selector).boundingBox();
  const clip = { x, y, width, height: Math.min(height, page.viewportSize().height), scale: 1 };
  const options = { format: 'webp', quality: 50, clip, captureBeyondViewport: true };
  const { data } = await tools.send('Page.captureScreenshot', options);
  await writeFile(join(forDocs, `${name}.webp`), Buffer.from(data, 'base64'));
}

const tokenOf = link => new URL(link).searchParams.get('token');

/** Causes each mail that there is, to the address or to the new one. */
async function causeMails() {
  await post('/auth/register', { email, password });
  await post('/auth/confirm-email', { email, token: tokenOf(await mailedLink(email)) });
  await post('/auth/register', { email, password });
  await post('/auth/forgot-password', { email });
  const { accessToken } = await (await post('/auth/login', { email, password })).json();
  const asUser = (path, body) => post(path, body, { Authorization: `Bearer ${accessToken}` });
  await asUser('/account/change-email', { newEmail, password });
  await post('/account/confirm-email-change', { newEmail, token: tokenOf(await mailedLink(newEmail)) });
  await asUser('/account/change-password', { currentPassword: password, newPassword });
  await asUser('/account/delete', { password: newPassword });
}

async function mails() {
  for (let i = 0; i < 100; i++) {
    const all = [...await mailsTo(email), ...await mailsTo(newEmail)];
    if (all.length === 8) {
      return all;
    }

    await pause(100);
  }

  throw new Error('There are not eight mails.');
}

async function showTour(page) {
  const visitor = email.replace('ada', 'visitor');
  await post('/auth/register', { email: visitor, password });
  await post('/auth/confirm-email', { email: visitor, token: tokenOf(await mailedLink(visitor)) });
  await page.goto(url);
  await page.getByLabel('E-mail address').fill(visitor);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByLabel('Lose the first answer').check();
  await page.locator('#careful').getByLabel('Title').fill('Printer is on fire');
  await page.locator('#careful').getByRole('button').click();
  await page.getByText('is open.').waitFor();
  await page.getByLabel('Lose the first answer').uncheck();
  await page.locator('#naive').getByLabel('Title').fill('Printer is on fire');
  for (let i = 0; i < 10; i++) {
    await page.locator('#naive').getByRole('button').click();
    i && await page.locator('#careful').getByRole('button').click();
  }

  await page.waitForFunction(() => document.querySelectorAll('#naive dd')[2].textContent === '10');
  await page.evaluate(() => {
    scrollTo(0, 0);
    document.activeElement.blur();
    document.querySelector('#message').textContent = '';
  });
  await savePng(page, 'tour');
  await saveWebp(page, 'tour', 'body');
}

await onPage(1280, 800, showTour);

await onPage(1280, 800, async page => {
  await page.goto(`${url}/docs`);
  await page.getByRole('button', { name: 'Tickets' }).first().click();
  await page.getByRole('link', { name: /Open a ticket/ }).first().click();
  await page.getByRole('heading', { name: 'Open a ticket' }).waitFor();
  await page.waitForLoadState('networkidle');
  await savePng(page, 'api');
});

for (const name of ['confirm-email', 'reset-password', 'confirm-email-change']) {
  await onPage(480, 700, async page => {
    await page.goto(`${url}/${name}?email=ada%40example.com&newEmail=ada%40example.com&token=x`);
    // Only the sample has a tour.
    await page.locator('nav').evaluate(link => link.remove());
    await saveWebp(page, `page-${name}`, 'main');
  });
}

await causeMails();
for (const { subject, html } of await mails()) {
  await onPage(640, 700, async page => {
    // What is different each time would make each picture a new one.
    await page.setContent(html.replaceAll(url, 'https://app.example').replace(/token=[^"<]+/g, 'token=CfDJ8Nq…')
      .replaceAll('%40', '@').replaceAll(newEmail, 'ada.lovelace@example.com').replaceAll(email, 'ada@example.com')
      .replace(/On [^.]+? UTC/i, 'on 2 January 2026 at 09:30 UTC'));
    await saveWebp(page, `mail-${subject.toLowerCase().replace(/\W+/g, '-')}`, 'body');
  });
}

await browser.close();
