// SPDX-License-Identifier: BSD-3-Clause
// Headless Chromium for the tests, and what they look at in a page.
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import puppeteer from 'puppeteer-core';

export const DESKTOP = { width: 1280, height: 860 };
export const PHONE = { width: 360, height: 740, isMobile: true, hasTouch: true, deviceScaleFactor: 2 };

export const PAGES = [
  'overview', 'threads', 'cpu', 'memory', 'network', 'disks', 'tracepoints', 'flame', 'log',
];

function chromium() {
  const places = (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, 'chromium'));
  return places.find((place) => existsSync(place));
}

export async function startBrowser(work) {
  const userDataDir = join(work, 'chromium');
  rmSync(userDataDir, { recursive: true, force: true });
  mkdirSync(userDataDir, { recursive: true });
  return puppeteer.launch({
    executablePath: chromium(),
    userDataDir,
    // Tests run in containers and as root, where Chromium's own sandbox does not start.
    args: ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu', '--force-color-profile=srgb'],
  });
}

/** A page that keeps what went wrong in it: errors, failed requests, breaches of the policy. */
export async function openPage(browser, address, { viewport = DESKTOP, dark = false, settings = {} } = {}) {
  const context = await browser.createBrowserContext();
  const page = await context.newPage();
  await page.setViewport(viewport);
  await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: dark ? 'dark' : 'light' }]);
  await page.evaluateOnNewDocument((kept) => {
    for (const [name, value] of Object.entries(kept)) localStorage.setItem(`osprey.${name}`, value);
  }, { interval: '1000', ...settings });
  const troubles = [];
  page.on('pageerror', (error) => troubles.push(`page: ${error.message}`));
  page.on('console', (message) => {
    if (['error', 'warn'].includes(message.type())) troubles.push(`console: ${message.text()}`);
  });
  await page.goto(address);
  return { page, troubles, close: () => context.close() };
}

/** Goes to a page of the dashboard as the user would: by its link. */
export async function visit(page, id) {
  await page.click(`nav a[href="#${id}"]`);
}

/** Waits until `read` (run in the page with `argument`) gives something other than nothing. */
export async function until(page, read, argument, timeout = 8000) {
  const handle = await page.waitForFunction(read, { timeout, polling: 50 }, argument);
  return handle.jsonValue();
}

/** The rows of a table by its caption: each an object from the column's title to the text. */
export async function tableRows(page, caption) {
  return page.evaluate((wanted) => {
    const table = [...document.querySelectorAll('.table table')].find(({ caption: c }) => c.textContent === wanted);
    if (!table) return [];
    const titles = [...table.tHead.rows[0].cells].map((cell) => cell.textContent);
    return [...table.tBodies[0].rows].map((row) =>
      Object.fromEntries([...row.cells].map((cell, i) => [titles[i], cell.textContent])),
    );
  }, caption);
}

/** The legend of a chart by its title: an object from the series' name to its value. */
export async function legend(page, title) {
  return page.evaluate((wanted) => {
    const figure = [...document.querySelectorAll('figure')].find((f) => f.querySelector('figcaption').textContent === wanted);
    if (!figure) return {};
    return Object.fromEntries(
      [...figure.querySelectorAll('.legend li')].map((item) => [
        item.children[1].textContent,
        item.children[2].textContent,
      ]),
    );
  }, title);
}

/** The large figures of the page: an object from the name to the value and the note. */
export async function figures(page) {
  return page.$$eval('.figure', (all) =>
    Object.fromEntries(
      all.map((figure) => [
        figure.children[0].textContent,
        [figure.children[1].textContent, figure.children[2].textContent],
      ]),
    ),
  );
}

export const textOf = (page, selector) => page.$eval(selector, (element) => element.textContent);

export async function press(page, label) {
  await page.evaluate((wanted) => {
    const button = [...document.querySelectorAll('button')].find(
      (b) => (b.getAttribute('aria-label') ?? b.textContent) === wanted && b.offsetParent,
    );
    if (!button) throw new Error(`no button "${wanted}"`);
    button.click();
  }, label);
}

/** Pixels by which the page is wider than the window; 0 is right. */
export const overflow = (page) =>
  page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
