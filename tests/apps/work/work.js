// SPDX-License-Identifier: BSD-3-Clause
const fs = require('fs'), zlib = require('zlib'), crypto = require('crypto');
const { Worker, isMainThread, parentPort, workerData } = require('worker_threads');
if (!isMainThread) {
  let sum = 0;
  for (let i = 0; i < 200000; i++) sum = (sum + i * workerData) % 1000003;
  parentPort.postMessage(sum);
} else {
  (async () => {
    const text = Buffer.from('some text to pack '.repeat(5000));
    fs.writeFileSync('/tmp/a', text);
    console.log(process.version, (await fs.promises.readFile('/tmp/a')).length);
    const packed = zlib.gzipSync(text);
    console.log(zlib.gunzipSync(packed).equals(text), crypto.createHash('sha256').update(text).digest('hex'));
    const keys = await Promise.all([1, 2, 3, 4, 5].map(n => new Promise((y, z) =>
      crypto.pbkdf2('secret', 'salt' + n, 500, 16, 'sha512', (e, k) => e ? z(e) : y(k.toString('hex'))))));
    console.log(keys.join(' '));
    console.log((await Promise.all([1, 2, 3].map(n => new Promise((y, z) => {
      const w = new Worker(__filename, { workerData: n });
      w.on('message', y); w.on('error', z);
    })))).join(' '));
    const m = new Map();
    for (let i = 0; i < 200000; i++) m.set('k' + i % 5000, { i, a: [i] });
    console.log(m.size, m.get('k42').i);
    await new Promise(y => setTimeout(y, 20));
    console.log(fs.readdirSync('/work').includes('work.js'), 10n ** 40n);
  })();
}
