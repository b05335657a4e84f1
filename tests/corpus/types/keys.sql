-- Besides the id: unique keys, prefixes and no key but the id at all.
CREATE TABLE unique_keys (id INT NOT NULL AUTO_INCREMENT PRIMARY KEY, a INT NOT NULL, b VARCHAR(20), c TEXT, UNIQUE KEY `uk a` (a), UNIQUE KEY uk_ab (a, b), KEY plain (b), UNIQUE KEY uk_prefix (c(10)));
INSERT INTO unique_keys VALUES (NULL, 1, 'one', 'first text'), (NULL, 2, NULL, 'second'), (NULL, 3, 'three', NULL);
