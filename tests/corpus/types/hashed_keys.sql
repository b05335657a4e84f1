-- servers: mariadb-10.11 mariadb-11.8
CREATE TABLE hashed_text (id INT NOT NULL AUTO_INCREMENT PRIMARY KEY, a TEXT, n INT, UNIQUE KEY t (a));
INSERT INTO hashed_text (a, n) VALUES ('one', 1), (NULL, 2), ('three', 3);
CREATE TABLE hashed_many (id INT NOT NULL AUTO_INCREMENT PRIMARY KEY, a BLOB, b INT, c VARCHAR(3000), d GEOMETRY, DB_ROW_HASH_1 BIGINT UNSIGNED DEFAULT 7, UNIQUE (a, b), UNIQUE small (b) USING HASH, UNIQUE (c), UNIQUE (d)) DEFAULT CHARSET utf8mb4 ENGINE=MyISAM;
INSERT INTO hashed_many (a, b, c, d) VALUES ('x', 1, 'x', POINT(1, 2)), ('x', 2, 'y', NULL), (NULL, NULL, NULL, NULL);
CREATE TABLE hashed_like LIKE hashed_many;
INSERT INTO hashed_like SELECT * FROM hashed_many;
