import type { Page } from 'playwright-core';

/** Whether this page holds the sender's lock: a lock of its own tells what the page is called. */
export function isHolder(page: Page): Promise<boolean> {
  return page.evaluate(async () => {
    const probe = `probe-${crypto.randomUUID()}`;
    return navigator.locks.request(probe, async () => {
      const { held = [] } = await navigator.locks.query();
      const own = held.find(({ name }) => name === probe)?.clientId;
      return held.some(({ name, clientId }) => name !== probe && clientId === own);
    });
  });
}
