import type { Scenario } from './scenario.js';
import { browserKill } from './scenarios/browser-kill.js';
import { leavingTab } from './scenarios/leaving-tab.js';
import { lockHolder } from './scenarios/lock-holder.js';
import { outage } from './scenarios/outage.js';
import { powerCut } from './scenarios/power-cut.js';
import { standingStill } from './scenarios/standing-still.js';
import { storageTrouble } from './scenarios/storage-trouble.js';
import { tornLog } from './scenarios/torn-log.js';

export const scenarios: readonly Scenario[] = [
  browserKill,
  leavingTab,
  outage,
  lockHolder,
  standingStill,
  storageTrouble,
  tornLog,
  powerCut,
];

/** What the quick form plays: each once, but for the power cuts, which take a disk of their own. */
export const quickScenarios: readonly Scenario[] = scenarios
  .filter((scenario) => scenario !== powerCut)
  .map((scenario) => ({ ...scenario, rounds: 1 }));
