-- servers: mysql-9
CREATE TABLE jsons (id INT NOT NULL AUTO_INCREMENT PRIMARY KEY, j JSON);
INSERT INTO jsons (j) VALUES ('{"b": 1, "a": [true, false, null, 1.5, -2, "x\\u00e9\\n\\""]}'), ('[]'), ('{}'), ('null'), ('"text"'), ('12345678901234567890'), ('-9223372036854775808'), ('1e100'), ('0.1');
INSERT INTO jsons (j) VALUES (CAST(123.450 AS JSON)), (CAST(TIMESTAMP '2024-02-29 12:34:56.789012' AS JSON)), (CAST(DATE '2024-02-29' AS JSON)), (CAST(TIME '-12:34:56.5' AS JSON)), (CAST(x'00FF' AS JSON));
INSERT INTO jsons (j) SELECT JSON_OBJECT('big', REPEAT('y', 70000), 'more', JSON_ARRAY(1, 65536, 4294967296, 18446744073709551615));
INSERT INTO jsons (j) VALUES ('{"漢字": "😀", "": "empty key", "nested": {"deep": [[[{"x": []}]]]}}'), (NULL);
