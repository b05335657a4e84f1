-- servers: mysql-9
CREATE TABLE modern (j JSON, g POINT NOT NULL SRID 4326, v VECTOR(5), w VECTOR, u INT, UNIQUE f ((u + 1)), UNIQUE m (u, (u * 2)), UNIQUE d (u DESC) INVISIBLE);
CREATE TABLE multi (id INT PRIMARY KEY, j JSON, INDEX mv ((CAST(j->'$.a' AS UNSIGNED ARRAY))));
SET SESSION sql_generate_invisible_primary_key = ON;
CREATE TABLE gipk (a INT, b INT);
