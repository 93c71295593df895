import type { Properties } from '@holdfast/protocol';

/** Where an event happened, as far as it is free to know; undefined where there is no page. */
export function pageContext(): Properties | undefined {
  if (!globalThis.document) return undefined;
  const { title, referrer } = document;
  const { width, height } = screen;
  return {
    page: { url: location.href, referrer, title },
    locale: navigator.language,
    screen: { width, height },
  };
}
