CREATE TABLE strings (id INT NOT NULL AUTO_INCREMENT PRIMARY KEY, c CHAR(10), v VARCHAR(20), v300 VARCHAR(300), tt TINYTEXT, t TEXT, mt MEDIUMTEXT, lt LONGTEXT)
  DEFAULT CHARSET=utf8mb4;
INSERT INTO strings VALUES (NULL, 'pen', 'pencil', REPEAT('é', 300), 'tiny', REPEAT('text ', 3000), REPEAT('漢字', 40000), 'long');
INSERT INTO strings VALUES (NULL, '', '', '', '', '', '', ''), (NULL, 'trail  ', 'trail  ', ' lead', '\t\n\r\0\Z', '\'"\\`', '😀🏴‍☠️', REPEAT('x', 70000));
INSERT INTO strings VALUES (NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
