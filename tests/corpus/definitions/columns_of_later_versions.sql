-- servers: mysql-9 mariadb-10.11 mariadb-11.8
CREATE TABLE computed (a INT, v INT GENERATED ALWAYS AS (a + 1) VIRTUAL, s VARCHAR(20) AS (CONCAT(a, 'x')) STORED, UNIQUE (s), d INT DEFAULT (1 + 2));
CREATE TABLE hidden (a INT, b INT INVISIBLE, c INT CHECK (c > 0));
