// Helper of node-ssh2-carries-files.sh: PORT ACCOUNT KEY ROOT DIRECTORY.
// Prints "ok CLAIM" or "not ok CLAIM", a line each.
const crypto = require('crypto');
const fs = require('fs');
const path = require('path');
const Client = require('ssh2-sftp-client');

const [port, username, key, root, local] = process.argv.slice(2);
const claim = (text, holds) =>
	console.log((holds ? 'ok ' : 'not ok ') + text);
const same = (a, b) => fs.readFileSync(a).equals(fs.readFileSync(b));
const fails = async promise => promise.then(() => false, () => true);

async function main() {
	const sftp = new Client();
	await sftp.connect({ host: '127.0.0.1', port: Number(port), username,
		privateKey: fs.readFileSync(key) });
	fs.mkdirSync(path.join(local, 'tree/deep'), { recursive: true });
	const large = path.join(local, 'tree/deep/large');
	fs.writeFileSync(large, crypto.randomBytes(5000000));
	for (let i = 0; i < 8; i++)
		fs.writeFileSync(path.join(local, 'tree/file ' + i),
			crypto.randomBytes(i * 997));

	claim('the start is the root', await sftp.cwd() === '/');
	claim('nothing is there yet', await sftp.exists('/a') === false);
	await sftp.mkdir('/a/b/c', true);
	claim('mkdir -p makes every level', await sftp.exists('/a/b/c') === 'd');
	await sftp.fastPut(large, '/a/large');
	claim('fastPut is whole', same(large, path.join(root, 'a/large')));
	await sftp.fastGet('/a/large', path.join(local, 'got'));
	claim('fastGet is whole', same(large, path.join(local, 'got')));
	await sftp.put(Buffer.from('one\n'), '/a/text');
	await sftp.append(Buffer.from('two\n'), '/a/text');
	claim('append goes to the end',
		String(await sftp.get('/a/text')) === 'one\ntwo\n');
	await sftp.uploadDir(path.join(local, 'tree'), '/up');
	claim('uploadDir is whole',
		same(large, path.join(root, 'up/deep/large')) &&
		fs.readdirSync(path.join(root, 'up')).length === 9);
	await sftp.downloadDir('/up', path.join(local, 'down'));
	claim('downloadDir is whole',
		same(large, path.join(local, 'down/deep/large')) &&
		fs.readdirSync(path.join(local, 'down')).length === 9);
	const list = await sftp.list('/up');
	claim('list knows types and sizes',
		list.find(e => e.name === 'deep').type === 'd' &&
		list.find(e => e.name === 'file 3').size === 2991);
	await sftp.chmod('/a/text', 0o600);
	claim('chmod sets the mode',
		(fs.statSync(path.join(root, 'a/text')).mode & 0o777) === 0o600);
	claim('rename refuses a name that is taken',
		await fails(sftp.rename('/a/text', '/a/large')));
	await sftp.posixRename('/a/text', '/a/large');
	claim('posixRename replaces',
		fs.statSync(path.join(root, 'a/large')).size === 8);
	await sftp.rcopy('/a/large', '/a/copy');
	claim('rcopy copies', fs.statSync(path.join(root, 'a/copy')).size === 8);
	await sftp.delete('/a/copy');
	claim('delete deletes', await sftp.exists('/a/copy') === false);
	await sftp.rmdir('/a', true);
	await sftp.rmdir('/up', true);
	claim('rmdir removes trees', fs.readdirSync(root).length === 0);
	claim('what is missing fails', await fails(sftp.get('/missing')));
	await sftp.end();
}

main().catch(error => {
	console.error(error);
	process.exit(1);
});
