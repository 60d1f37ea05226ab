/** What a person does first: opens /docs in a browser, tries an operation, reads the answer. */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { BSON, type Document } from 'mongodb';
import { chromium } from 'playwright-core';
import t from 'tap';
import { buildApp } from '../support/app.ts';

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));
const places = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const executablePath = process.env.CHROMIUM ?? places.find((place) => existsSync(place));
const QUIET = [
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
];

t.test(
  'the interactive documentation lists the operations, and one that is tried shows records',
  { skip: executablePath ? false : 'no Chromium here; install it or name it by CHROMIUM' },
  async (t) => {
    const { app } = await buildApp(t, { CORS_ORIGINS: '' });
    const sample = readFileSync(path('../../../data/restaurants.ndjson'), 'utf8').split('\n').slice(0, 50);
    await app.mongo
      .db!.collection('records')
      .insertMany(sample.map((line): Document => BSON.EJSON.parse(line)));
    const address = await app.listen({ host: '127.0.0.1', port: 0 });

    const browser = await chromium.launch({
      executablePath: executablePath!,
      args: ['--no-sandbox', ...QUIET],
    });
    t.teardown(() => browser.close());
    const page = await browser.newPage({ viewport: { width: 1200, height: 1500 } });
    const complaints: string[] = [];
    page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(error.message));

    await page.goto(`${address}/docs`);
    const operation = page.locator('#operations-records-listRecords');
    await operation.waitFor();
    t.equal(await page.title(), 'Records API');
    const operations = await page.locator('.opblock').count();
    const documented = Object.values(app.swagger().paths ?? {}).flatMap((methods) =>
      Object.keys(methods ?? {}),
    );
    t.equal(operations, documented.length, 'every operation of the document is shown');

    await operation.locator('.opblock-summary-control').click();
    await operation
      .getByRole('textbox', { name: 'limit' })
      .or(operation.locator('tr[data-param-name="limit"] input'))
      .first()
      .fill('2');
    await operation.getByRole('button', { name: 'Execute' }).click();
    const response = operation.locator('.live-responses-table .response').first();
    await response.waitFor();
    t.equal((await response.locator('.response-col_status').first().textContent())?.slice(0, 3), '200');
    const shown = await response.locator('.microlight').first().textContent();
    t.equal((JSON.parse(shown ?? '') as unknown[]).length, 2, 'two records, as asked for');
    t.strictSame(complaints, [], 'the browser has nothing to complain about');

    // `make docs` sets this: the picture in the README is what the test saw.
    if (process.env.SCREENSHOT) {
      await operation.evaluate((element: { scrollIntoView(): void }) => element.scrollIntoView());
      await page.screenshot({ path: process.env.SCREENSHOT });
    }
  },
);
