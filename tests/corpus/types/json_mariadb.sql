-- servers: mariadb-10.11 mariadb-11.8
CREATE TABLE jsons (id INT NOT NULL AUTO_INCREMENT PRIMARY KEY, j JSON);
INSERT INTO jsons (j) VALUES ('{"b":  1, "a": [true, null]}'), ('[]'), ('"text"'), (NULL);
CREATE TABLE json_converted (id INT NOT NULL AUTO_INCREMENT PRIMARY KEY, j JSON);
ALTER TABLE json_converted CONVERT TO CHARACTER SET latin1;
INSERT INTO json_converted (j) VALUES ('"é"'), ('{"a": "ÿ"}'), (NULL);
