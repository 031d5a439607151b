// Answers GET /N with N bytes of a pattern, POST with the SHA-256 of the body.
const crypto = require('crypto');
const pattern = n => '0123456789abcdef'.repeat(n / 16 + 1).slice(0, n);
require('http').createServer((request, response) => {
    if (request.method === 'GET')
        return response.end(pattern(Number(request.url.slice(1))));
    const digest = crypto.createHash('sha256');
    request.on('data', d => digest.update(d)).on('end', () => response.end(digest.digest('hex')));
}).listen(8080, '0.0.0.0');
