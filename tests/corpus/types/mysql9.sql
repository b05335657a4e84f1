-- servers: mysql-9
CREATE TABLE mysql9_types (id INT NOT NULL AUTO_INCREMENT PRIMARY KEY, v VECTOR(3), hidden INT INVISIBLE DEFAULT 7, f INT, KEY functional ((f + 1)));
INSERT INTO mysql9_types (v, f) VALUES (STRING_TO_VECTOR('[1,2.5,-3]'), 1), (NULL, NULL);
INSERT INTO mysql9_types (v, hidden, f) VALUES (STRING_TO_VECTOR('[0,0,0]'), 8, 2);
