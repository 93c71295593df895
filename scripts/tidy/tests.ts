/** What a test may not do. */
export function testFaults(file: string, text: string): string[] {
  const faults: string[] = [];
  text.split('\n').forEach((line, index) => {
    if (/\b(it|test|describe)\.(skip|only|todo)\(/.test(line)) {
      faults.push(`${file}:${index + 1} no test is skipped, singled out or left to do`);
    }
    if (/\bvi\.mock\(/.test(line)) faults.push(`${file}:${index + 1} no module mocks`);
  });
  return faults;
}
