-- Names that a careless writer of JSON, objectName or SQL would break.
CREATE TABLE `odd.name` (id INT NOT NULL AUTO_INCREMENT PRIMARY KEY, `a b` INT, `quo"te` INT, `it's` INT, `back``tick` INT, `dot.ted` INT, `名前` INT, `select` INT, `\n` INT, UNIQUE KEY `k"1` (`quo"te`));
INSERT INTO `odd.name` VALUES (NULL, 1, 2, 3, 4, 5, 6, 7, 8), (NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
CREATE TABLE `テーブル` (id INT NOT NULL AUTO_INCREMENT PRIMARY KEY, v INT);
INSERT INTO `テーブル` VALUES (NULL, 1), (NULL, 2);
