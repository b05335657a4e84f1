-- servers: mariadb-10.11 mariadb-11.8
CREATE TABLE mariadb_types (id INT NOT NULL AUTO_INCREMENT PRIMARY KEY, u UUID, i6 INET6, i4 INET4);
INSERT INTO mariadb_types (u, i6, i4) VALUES ('123e4567-e89b-12d3-a456-426655440000', '2001:db8::ff00:42:8329', '192.0.2.33'), ('00000000-0000-0000-0000-000000000000', '::', '0.0.0.0'), (NULL, NULL, NULL);
INSERT INTO mariadb_types (u, i6, i4) VALUES ('ffffffff-ffff-ffff-ffff-ffffffffff00', '::ffff:192.0.2.1', '255.255.255.0');
CREATE TABLE compressed_columns (id INT NOT NULL AUTO_INCREMENT PRIMARY KEY, v VARCHAR(1000) COMPRESSED, t TEXT COMPRESSED, b BLOB COMPRESSED);
INSERT INTO compressed_columns (v, t, b) VALUES ('short', REPEAT('compressible ', 500), REPEAT(x'00', 5000)), ('', '', ''), (NULL, NULL, NULL);
