import { join } from 'node:path';
import { runCommand } from './run-command.js';

export interface KeyStore {
  readonly path: string;
  readonly password: string;
  /** The certificate that clients must trust, PEM. */
  readonly caFile: string;
}

/** A key pair for 127.0.0.1 whose certificate is its own authority, made with Java's keytool. */
export async function createKeyStore(folder: string): Promise<KeyStore> {
  const store = {
    path: join(folder, 'broker.p12'),
    password: 'holdfast',
    caFile: join(folder, 'ca.pem'),
  };
  const entry = ['-alias', 'broker', '-keystore', store.path, '-storepass', store.password];
  await runCommand('keytool', [
    ...['-genkeypair', ...entry, '-storetype', 'PKCS12', '-keyalg', 'EC', '-validity', '3650'],
    ...['-dname', 'CN=holdfast test', '-ext', 'san=ip:127.0.0.1,dns:localhost', '-ext', 'bc:c'],
  ]);
  await runCommand('keytool', ['-exportcert', '-rfc', ...entry, '-file', store.caFile]);
  return store;
}
