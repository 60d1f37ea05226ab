// HEALTHCHECK of the image: exit status 0 while the service answers. No curl needed.
import { get } from 'node:http';

const fail = () => process.exit(1);
get({ host: '127.0.0.1', port: process.env.PORT || 8080, path: '/livez', timeout: 2000 }, ({ statusCode }) => {
  process.exit(statusCode === 200 ? 0 : 1);
})
  .on('timeout', fail)
  .on('error', fail);
