/** Whether these bytes hold a whole HTTP answer with a Content-Length, as a collector writes it. */
export function isWholeAnswer(bytes: Buffer): boolean {
  const headBytes = bytes.indexOf('\r\n\r\n') + 4;
  if (headBytes < 4) return false;
  const length = /\r\ncontent-length: *(\d+)/i.exec(bytes.toString('latin1', 0, headBytes))?.[1];
  return length !== undefined && bytes.length >= headBytes + Number(length);
}
