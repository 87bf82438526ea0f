import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Paths of an authority of our own, and of certificates that it signed. */
export type Certificates = { authority: string; server: Pair; client: Pair };

export type Pair = { certificate: string; key: string };

/** Makes an authority, a certificate for `localhost` and 127.0.0.1, and one for a client, by openssl. */
export function makeCertificates(folder: string): Certificates {
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' });
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  openssl('req', '-x509', ...newKey, '-keyout', 'ca.key', '-out', 'ca.pem', '-days', '2', '-subj', '/CN=Test CA');
  const signed = (name: string, extensions: string): Pair => {
    writeFileSync(join(folder, `${name}.ext`), extensions);
    openssl('req', ...newKey, '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', `/CN=${name}`);
    const by = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '2', '-extfile', `${name}.ext`];
    openssl('x509', '-req', '-in', `${name}.csr`, '-out', `${name}.pem`, ...by);
    return { certificate: join(folder, `${name}.pem`), key: join(folder, `${name}.key`) };
  };
  return {
    authority: join(folder, 'ca.pem'),
    server: signed('server', 'subjectAltName=DNS:localhost,IP:127.0.0.1\nextendedKeyUsage=serverAuth\n'),
    client: signed('client', 'extendedKeyUsage=clientAuth\n'),
  };
}
