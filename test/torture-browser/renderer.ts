import type { BrowserContext, CDPSession, Page } from 'playwright-core';

/** Long enough to stand out from what other pages do meanwhile. */
const busyMs = 250;
/** A page that does not answer for so long stands still. */
const silentMs = 1_000;

/** The process that runs this page: while that is stopped, the page does not answer. */
export async function rendererPid(context: BrowserContext, page: Page): Promise<number> {
  const devtools = await context.browser()!.newBrowserCDPSession();
  try {
    for (const pid of await busiestFirst(devtools, page)) {
      process.kill(pid, 'SIGSTOP');
      const isIt = await standsStill(page);
      process.kill(pid, 'SIGCONT');
      if (isIt) return pid;
    }
    throw new Error('no process runs this page');
  } finally {
    await devtools.detach();
  }
}

/** SIGKILL to the process that runs this page and no other. */
export async function killRenderer(page: Page, pid: number): Promise<void> {
  const crashed = page.waitForEvent('crash');
  process.kill(pid, 'SIGKILL');
  await crashed;
}

/** DevTools does not say which process runs a page: most likely the one that is busy with it. */
async function busiestFirst(devtools: CDPSession, page: Page): Promise<number[]> {
  const before = await rendererCpu(devtools);
  await page.evaluate((busyMs) => {
    const end = performance.now() + busyMs;
    while (performance.now() < end);
  }, busyMs);
  const after = await rendererCpu(devtools);
  const rise = (pid: number) => after.get(pid)! - (before.get(pid) ?? 0);
  return [...after.keys()].sort((a, b) => rise(b) - rise(a));
}

/** Seconds of CPU by process. */
async function rendererCpu(devtools: CDPSession): Promise<Map<number, number>> {
  const { processInfo } = await devtools.send('SystemInfo.getProcessInfo');
  const renderers = processInfo.filter(({ type }) => type === 'renderer');
  return new Map(renderers.map(({ id, cpuTime }) => [id, cpuTime]));
}

function standsStill(page: Page): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(true), silentMs);
    const answered = () => {
      clearTimeout(timer);
      resolve(false);
    };
    page.evaluate(() => 1).then(answered, () => undefined);
  });
}
