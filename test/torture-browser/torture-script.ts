import {
  buildPageScript,
  buildScript,
} from '../../packages/sdk-browser/test/support/test-page-server.js';
import { changeSources, type SourceChange } from '../support/source-change.js';

/** What a page of the torture loads: the SDK's script as it is shipped, but for a change that
 *  breaks it, and the page's program. */
export async function tortureScript(change?: SourceChange): Promise<string> {
  let wasApplied = change === undefined;
  const plugin = changeSources(change === undefined ? [] : [change], () => {
    wasApplied = true;
  });
  const sdk = await buildScript([plugin]);
  if (!wasApplied) throw new Error(`${change!.file} is no part of the script`);
  return sdk + (await buildPageScript('test/torture-browser/page-program.ts'));
}
