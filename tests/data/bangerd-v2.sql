-- bangerd.db as version 2 wrote it.
PRAGMA application_id=1650552423;
PRAGMA user_version=2;
CREATE TABLE image (id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, cmdline TEXT NOT NULL, has_initrd INTEGER NOT NULL, rootfs_bytes INTEGER NOT NULL, created_ns INTEGER NOT NULL);
CREATE TABLE vm (id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, image_id TEXT NOT NULL, image_name TEXT NOT NULL, machine TEXT NOT NULL, memory_mib INTEGER NOT NULL, vcpus INTEGER NOT NULL, slot INTEGER NOT NULL UNIQUE, created_ns INTEGER NOT NULL, state TEXT NOT NULL, guest_ip TEXT, api_socket TEXT, agent_socket TEXT, log_path TEXT, console_log TEXT, pid INTEGER NOT NULL, last_error TEXT, disk_bytes INTEGER NOT NULL DEFAULT 0, cmdline TEXT NOT NULL DEFAULT '', ports TEXT NOT NULL DEFAULT '', ssh_key TEXT NOT NULL DEFAULT '', console_socket TEXT, console_from INTEGER NOT NULL DEFAULT 0, stopped_ns INTEGER NOT NULL DEFAULT 0);
CREATE TABLE operation (op_id TEXT PRIMARY KEY, operation TEXT NOT NULL, vm_id TEXT, vm_name TEXT, image_id TEXT, image_name TEXT, started_ns INTEGER NOT NULL, stage TEXT, calls INTEGER NOT NULL DEFAULT 0);
CREATE TABLE snapshot (id TEXT PRIMARY KEY, vm_id TEXT NOT NULL, name TEXT NOT NULL, bytes INTEGER NOT NULL, created_ns INTEGER NOT NULL, UNIQUE (vm_id, name));
INSERT INTO image VALUES('im-1','tiny','console=ttyS0',1,67108864,5);
INSERT INTO vm VALUES('vm-1','web1','im-1','tiny','microvm',256,1,7,11,'stopped',NULL,NULL,NULL,'/l/vmm.log','/l/console.log',0,NULL,1073741824,'quiet','8080:80/tcp','ssh-ed25519 AAAA','/r/console.sock',4096,99);
INSERT INTO operation VALUES('op-1','vm.start','vm-1','web1',NULL,NULL,17,'guest_wait',4);
INSERT INTO snapshot VALUES('snap-1','vm-1','before',4096,21);
