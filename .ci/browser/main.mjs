// Walks through the pages in every way, and says what was found: `.ci/browser/run` has the usage.

import { mkdir, rm } from 'node:fs/promises';
import { chromium } from 'playwright-core';

import { start } from './server.mjs';
import { Walk } from './walk.mjs';

const [program, chromiumPath, shots, ...options] = process.argv.slice(2);
const keep = options.includes('--keep');
const filters = options.filter((option) => !option.startsWith('--'));

const walks = ['en', 'zu'].flatMap((language) =>
  [320, 1280].flatMap((width) => [false, true].map((script) => ({ language, width, script, shots }))));

/** How many walks there are at a time: each has a server of its own. */
const AT_A_TIME = 2;

const browser = await chromium.launch({
  executablePath: chromiumPath,
  // A container has no user namespaces for the sandbox, and nobody but our own pages is visited. What Chromium asks by itself, it need not.
  args: ['--no-sandbox', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-first-run', '--disable-quic'],
});
await rm(shots, { recursive: true, force: true });
await mkdir(shots, { recursive: true });

/** How long a walk may take, in milliseconds: a minute on a computer with nothing else to do, and more where it has. */
const LIMIT = 480_000;

/** Fails when the time is over. What still waits then is given up. */
const limit = () => new Promise((_, reject) => setTimeout(() => reject(new Error(`${LIMIT / 1000} s are over`)), LIMIT).unref());

/** Both ways through the pages: all questions, and data that are locked. */
async function walk(how, findings) {
  const began = Date.now();
  const walk = new Walk(browser, '', how);
  const servers = [];
  const ways = async () => {
    servers.push(await start(program));
    walk.address = servers[0].address;
    await walk.go();
    servers.push(await start(program, ['--locked']));
    walk.address = servers[1].address;
    await walk.locked();
  };
  try {
    await Promise.race([ways(), limit()]);
  } catch (error) {
    walk.found('the walk', `it ends here: ${error.message}`);
  }
  await Promise.all(servers.map((server) => server.stop()));
  const end = walk.end();
  for (const what of await end.outlines.judge(how.language, keep)) walk.found('outlines', what);
  console.log(`${walk.name}: ${end.pages} pages of at most ${end.longest} bytes, ${end.findings.length} findings, ${Math.round((Date.now() - began) / 1000)} s`);
  findings.push(...end.findings);
  return { pages: end.pages, passed: end.findings.length === 0 };
}

const findings = [];
const results = [];
const left = walks.filter((how) => !filters.length || filters.includes(new Walk(browser, '', how).name));
await Promise.all(
  Array.from({ length: AT_A_TIME }, async () => {
    for (let how = left.shift(); how; how = left.shift()) results.push(await walk(how, findings));
  }),
);
for (const what of findings) console.log(what);
console.log(`${results.reduce((sum, { pages }) => sum + pages, 0)} pages; pictures are in ${shots}`);
const failed = results.filter(({ passed }) => !passed).length;
console.log(`${results.length - failed} passed, ${failed} failed`);
await Promise.race([browser.close(), limit()]).catch(() => {});
process.exit(failed || !results.length ? 1 : 0);
