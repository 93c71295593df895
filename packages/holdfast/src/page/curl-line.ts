/** A shell line that sends one event with an eventId of its own; plain sh runs it. */
export function curlLine(origin: string): string {
  const id = '$(uuidgen 2>/dev/null || cat /proc/sys/kernel/random/uuid)';
  const now = '$(date -u +%Y-%m-%dT%H:%M:%SZ)';
  const event =
    `{"type":"track","eventId":"${id}","timestamp":"${now}",` +
    '"anonymousId":"a-terminal","event":"Curled"}';
  const body = `{"events":[${event}]}`.replaceAll('"', '\\"');
  return [
    `curl -sS ${origin}/v1/events`,
    "-H 'Authorization: Bearer dev'",
    "-H 'Content-Type: application/json'",
    `-d "${body}"`,
  ].join(' ');
}
