// Runs in mongosh at the first start, before the server listens to others. The root user is there already.
// Names and passwords come from mounted files: never from arguments, which every process could read.
const { readFileSync, rmSync } = require('node:fs');

const secret = (key) => readFileSync(`${process.env.APPLICATION_SECRET}/${key}`, 'utf8').trim();
const database = process.env.APPLICATION_DATABASE;
db.getSiblingDB(database).createUser({
  user: secret('username'),
  pwd: secret('password'),
  roles: [{ role: 'readWrite', db: database }],
});
rmSync(`${process.env.DATA}/.first-start`);
