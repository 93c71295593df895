/** A sound `track` event, parsed. */
export function trackEvent(eventId: string, change: object = {}): Record<string, unknown> {
  return {
    type: 'track',
    eventId,
    timestamp: '2026-11-23T10:00:00.000Z',
    event: 'Tested',
    userId: 'u-1',
    ...change,
  };
}

/** A batch of sound events. */
export function batchOf(...eventIds: string[]): { batchId: string; events: object[] } {
  return { batchId: 'b-1', events: eventIds.map((eventId) => trackEvent(eventId)) };
}
