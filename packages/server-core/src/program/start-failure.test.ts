import { describe, expect, it } from 'vitest';
import { startFailureText } from './start-failure.js';

const options = { port: 80, adminPort: 9_090 };

function listenError(code: string, port: number): Error {
  return Object.assign(new Error(`${code}: listen`), {
    ...{ code, port },
    syscall: 'listen',
    address: '127.0.0.1',
  });
}

describe('why a program cannot start', () => {
  it('names the port that is taken, the option that sets it, and one to try', () => {
    expect(startFailureText(listenError('EADDRINUSE', 9_090), options)).toBe(
      'Port 9090 of 127.0.0.1 is taken. Stop what listens there, or choose another port ' +
        'by --admin-port or HOLDFAST_ADMIN_PORT: HOLDFAST_ADMIN_PORT=9091',
    );
  });

  it("names the program's own variable", () => {
    const text = startFailureText(listenError('EADDRINUSE', 80), options, { PORT: 'port' });
    expect(text).toContain('by --port or PORT: PORT=81');
  });

  it('tells a port that is not allowed from a folder that is not', () => {
    expect(startFailureText(listenError('EACCES', 80), options)).toContain(
      'Not allowed to listen on port 80 of 127.0.0.1',
    );
    const folder = Object.assign(new Error("EACCES: mkdir '/data'"), {
      code: 'EACCES',
      syscall: 'mkdir',
    });
    expect(startFailureText(folder, options)).toBe("Not allowed: EACCES: mkdir '/data'");
  });

  it.each([
    ['EEXIST', '/srv/data'],
    ['ENOTDIR', '/srv/data/dead-letters'],
    ['ENOENT', '/srv'],
    ['EACCES', '/srv/data'],
  ])('says of %s in the data folder which option to change', (code, path) => {
    const message = `${code}: no luck, mkdir '${path}'`;
    const error = Object.assign(new Error(message), { code, syscall: 'mkdir', path });
    expect(startFailureText(error, { ...options, data: '/srv/data' })).toBe(
      `Cannot use the data folder /srv/data: ${message}. Choose another by --data or HOLDFAST_DATA`,
    );
  });

  it('leaves alone what says more, or is about another path', () => {
    const own = new Error('/srv/data is in use by process 1');
    const inData = { ...options, data: '/srv/data' };
    expect(startFailureText(own, inData)).toBe(own.message);
    const other = Object.assign(new Error("ENOENT: open '/srv/data2'"), {
      ...{ code: 'ENOENT', syscall: 'open', path: '/srv/data2' },
    });
    expect(startFailureText(other, inData)).toBe(other.message);
  });

  it('says of an address that this machine does not have how to change it', () => {
    expect(startFailureText(listenError('EADDRNOTAVAIL', 80), options)).toContain('--host');
  });
});
