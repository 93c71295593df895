const hour = '([01]\\d|2[0-3])';
const minute = '[0-5]\\d';
const timestampPattern = new RegExp(
  `^(\\d{4})-(\\d\\d)-(\\d\\d)T${hour}:${minute}:${minute}(\\.\\d{1,9})?(Z|[+-]${hour}:${minute})$`,
);

/**
 * Whether `value` is a timestamp that every tier reads alike: RFC 3339 with a capital T and Z, a
 * day that exists, and no leap second (neither JavaScript nor Parquet can hold one).
 */
export function isTimestamp(value: unknown): value is string {
  if (typeof value !== 'string') return false;
  const match = timestampPattern.exec(value);
  if (match === null) return false;
  const day = Number(match[3]);
  return day > 0 && day <= daysInMonth(Number(match[1]), Number(match[2]));
}

function daysInMonth(year: number, month: number): number {
  if (month === 2) return isLeapYear(year) ? 29 : 28;
  if (month === 4 || month === 6 || month === 9 || month === 11) return 30;
  return month >= 1 && month <= 12 ? 31 : 0;
}

function isLeapYear(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
}
