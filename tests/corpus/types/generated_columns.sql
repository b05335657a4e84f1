-- servers: mysql-9 mariadb-10.11 mariadb-11.8
CREATE TABLE generated_columns (id INT NOT NULL AUTO_INCREMENT PRIMARY KEY, a INT, b INT AS (a * 2) STORED, c INT AS (a + 1) VIRTUAL, d VARCHAR(10) DEFAULT 'd');
INSERT INTO generated_columns (a) VALUES (1), (2), (NULL);
