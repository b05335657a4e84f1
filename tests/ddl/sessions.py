# SPDX-License-Identifier: Apache-2.0
"""Sessions as odd as clients have them: what a statement means depends on each of these."""

MODES = ["", "", "ANSI_QUOTES", "NO_BACKSLASH_ESCAPES", "REAL_AS_FLOAT", "ANSI", "IGNORE_SPACE,PIPES_AS_CONCAT", "HIGH_NOT_PRECEDENCE", "TRADITIONAL",
         "STRICT_ALL_TABLES,NO_ZERO_DATE", "ANSI_QUOTES,NO_BACKSLASH_ESCAPES", "NO_BACKSLASH_ESCAPES,REAL_AS_FLOAT"]
OLD_MODES = ["ORACLE", "ORACLE", "MSSQL", "POSTGRESQL", "DB2", "MAXDB", "MYSQL40", "MYSQL323", "NO_FIELD_OPTIONS", "NO_KEY_OPTIONS,NO_TABLE_OPTIONS"]


def settings(scene):
    """SET statements for a new session; sets scene.mode."""
    modes = MODES + (OLD_MODES if scene.server != "mysql-9" else ["PAD_CHAR_TO_FULL_LENGTH", "TIME_TRUNCATE_FRACTIONAL"])
    if scene.family == "mariadb":
        modes = [*modes, "ORACLE,NO_BACKSLASH_ESCAPES", "EMPTY_STRING_IS_NULL", "SIMULTANEOUS_ASSIGNMENT"]
    scene.mode = scene.draw("mode", modes)
    scene.names = "utf8mb4"
    yield f"SET sql_mode='{scene.mode}'"
    if scene.chance(0.3):
        names = scene.draw("names", ["latin1", "utf8", "gbk", "utf8mb4 COLLATE utf8mb4_bin", "cp1251", "latin1 COLLATE latin1_bin"])
        scene.names = names.split()[0]
        yield f"SET NAMES {names}"
    if scene.server != "mysql-5.6" and scene.chance(0.4):
        yield f"SET explicit_defaults_for_timestamp={scene.draw('timestamps', ['0', '0', '1'])}"
    if scene.chance(0.5):
        yield f"SET collation_server={scene.draw('server collation', ['latin1_bin', 'utf8mb4_unicode_ci', 'cp1251_general_ci', 'utf8_bin', 'ucs2_bin', 'latin2_general_ci'])}"
    if scene.server == "mysql-9":
        if scene.chance(0.5):
            yield "SET sql_generate_invisible_primary_key=ON"
        if scene.chance(0.3):
            yield "SET default_collation_for_utf8mb4=utf8mb4_general_ci"
    if scene.server == "mariadb-11.8" and scene.chance(0.5):
        yield "SET character_set_collations='" + scene.draw("collations", ["", "utf8mb4=utf8mb4_general_ci", "utf8mb4=utf8mb4_bin,latin1=latin1_bin", "utf8mb4=uca1400_ai_ci",
                                                                         "utf8mb3=utf8mb3_bin,ucs2=ucs2_unicode_ci"]) + "'"
    if scene.family == "mariadb" and scene.chance(0.2):
        yield "SET old_mode='UTF8_IS_UTF8MB3,ZERO_DATE_TIME_CAST'"
    yield "CREATE DATABASE d" + scene.draw("d", ["", "", " CHARACTER SET latin1", " COLLATE utf8mb4_bin", " CHARACTER SET utf8mb4", " CHARSET utf8", " CHARSET cp1251 COLLATE cp1251_bin"])
    yield "CREATE DATABASE e" + scene.draw("e", ["", " CHARACTER SET latin1 COLLATE latin1_german1_ci", " CHARACTER SET utf8mb4"])
    yield "USE d"
    yield "CREATE TABLE ref (id INT PRIMARY KEY, z VARCHAR(10)) ENGINE=InnoDB"
    yield "CREATE VIEW v0 AS SELECT 1 AS one"
    yield "CREATE TABLE twin0 (id INT PRIMARY KEY, d INT) ENGINE=InnoDB"
    yield "CREATE TABLE ts0 (id INT PRIMARY KEY, d INT) ENGINE=InnoDB"
    yield ("CREATE TABLE range0 (id INT PRIMARY KEY, d INT) ENGINE=InnoDB PARTITION BY RANGE (id)"
           " (PARTITION p0 VALUES LESS THAN (10), PARTITION p1 VALUES LESS THAN (20))")
    if scene.chance(0.15):
        yield f"SET collation_database={scene.draw('db', ['latin1_bin', 'utf8mb4_unicode_ci', 'cp1251_bin'])}"
    if scene.chance(0.3):
        yield "SET foreign_key_checks=0"
