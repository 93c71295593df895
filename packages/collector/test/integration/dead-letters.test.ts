import { join } from 'node:path';
import { silentLogger } from '@holdfast/server-core/json-logger';
import { systemClock } from '@holdfast/server-core/system-clock';
import { systemRandom } from '@holdfast/server-core/system-random';
import { describe, expect, it } from 'vitest';
import { dataFolder } from '../../../server-core/test/support/data-folder.js';
import { fileSinkKind } from '../../src/sinks/file/file-sink-kind.js';
import { MemorySink } from '../../src/sinks/memory-sink.js';
import { storedEventIds } from '../support/read-segments.js';
import { startCollector } from '../support/start-collector.js';
import { trackEvent } from '../support/track-event.js';

describe('a place for dead letters', () => {
  it('has each refused event, as it came and with its reason, before it is answered', async () => {
    const deadLetters = new MemorySink();
    const { post, sink } = await startCollector({}, { deadLetters });
    const bad = trackEvent('bad', { timestamp: 'soon', queue: { id: 'q', seq: 7 } });
    const nameless = { type: 'track', 'a\nb': 1 };
    const answer = await post({ events: [trackEvent('good'), bad, nameless, 5] });
    expect(await answer.json()).toMatchObject({
      accepted: 1,
      rejected: [
        { index: 1, eventId: 'bad', code: 'invalid_timestamp' },
        { index: 2, code: 'missing_field', detail: 'eventId' },
        { index: 3, code: 'invalid_event' },
      ],
    });
    expect(sink.events.map(({ eventId }) => eventId)).toEqual(['good']);
    expect(
      deadLetters.events.map(({ source, headers, bytes }) => ({
        source,
        id: headers.ce_id,
        code: headers.hf_code,
        detail: headers.hf_detail,
        event: JSON.parse(Buffer.from(bytes).toString()) as unknown,
      })),
    ).toEqual([
      { source: 'shop', id: 'bad', code: 'invalid_timestamp', detail: undefined, event: bad },
      { source: 'shop', id: '', code: 'missing_field', detail: 'eventId', event: nameless },
      { source: 'shop', id: '', code: 'invalid_event', detail: 'not an object', event: 5 },
    ]);
  });

  it('that is down makes refused events wait, and lets the others through', async () => {
    const deadLetters = new MemorySink();
    const { post } = await startCollector({}, { deadLetters });
    deadLetters.isDown = true;
    const bad = trackEvent('bad', { timestamp: 'soon' });
    const mixed = await post({ events: [bad, trackEvent('good')] });
    expect(await mixed.json()).toMatchObject({
      accepted: 1,
      rejected: [],
      retry: [{ index: 0, eventId: 'bad', code: 'sink_unavailable' }],
    });
    const alone = await post({ events: [bad] });
    expect(alone.status).toBe(503);
    deadLetters.isDown = false;
    expect(await (await post({ events: [bad] })).json()).toMatchObject({
      rejected: [{ index: 0, eventId: 'bad' }],
      retry: [],
    });
  });

  it('keeps the beginning of what is too large, on one line', async () => {
    const deadLetters = new MemorySink();
    const { post } = await startCollector({}, { deadLetters });
    const large = JSON.stringify(trackEvent('large', { properties: { text: 'x'.repeat(40_000) } }));
    const answer = await post(`{"events":[${large.replace('{', '{\n')}]}`);
    expect(await answer.json()).toMatchObject({ rejected: [{ code: 'too_large' }] });
    const text = Buffer.from(deadLetters.events[0]!.bytes).toString();
    expect(text).toBe(large.replace('{', '{ ').slice(0, 32_000));
  });

  it('holds in files no more than it may, and counts what it deleted', async () => {
    const dataFolderPath = await dataFolder();
    const deadLetters = await fileSinkKind.createDeadLetters(
      { data: dataFolderPath, maxDeadLetterBytes: 0 },
      { clock: systemClock, random: systemRandom, logger: silentLogger },
    );
    const { post, adminPort } = await startCollector({}, { deadLetters });
    const text = 'x'.repeat(30_000);
    const deletedEvents = async () => {
      const metrics = await (await fetch(`http://127.0.0.1:${adminPort}/metrics`)).text();
      return Number(
        /^holdfast_dead_letters_deleted_total\{sink="file"\} (\d+)$/m.exec(metrics)?.[1],
      );
    };
    expect(await deletedEvents()).toBe(0);
    // A segment is sealed at 8 MiB.
    for (let sent = 0; sent < 300; sent += 15) {
      const events = Array.from({ length: 15 }, (_, n) => ({ eventId: `e-${sent + n}`, text }));
      expect((await post({ events })).status).toBe(200);
    }
    await expect.poll(deletedEvents).toBeGreaterThan(200);
    const left = storedEventIds(join(dataFolderPath, 'dead-letters'));
    expect((await deletedEvents()) + left.length).toBe(300);
    expect(left.at(-1)).toBe('e-299');
  });
});
