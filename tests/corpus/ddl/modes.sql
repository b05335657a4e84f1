-- What sql_mode changes. "-- mode:" sets it from there on.
-- mode: ANSI_QUOTES
create table "q t" ("a""b" int, "c" varchar(5) default 'x', "d `e" int comment 'c', primary key ("a""b"));
alter table "q t" add "f" enum('a','b"c'), rename column "c" to "cc";
-- mode: NO_BACKSLASH_ESCAPES
create table nbe (a enum('a\','b'), b varchar(9) default '\', c int comment 'x\' not null);
-- mode: REAL_AS_FLOAT
create table raf (a real, b double, c real(5,2));
-- mode: ANSI
create table ansi ("a" real, b varchar(3) default 'x' not null);
-- mode: ORACLE
create table ora (a number, b number(5), c number(5,2), d varchar2(10), e varchar(5), f date, g raw(10), h clob, i blob, j timestamp null, k float, l text);
create table ora2 (a mariadb_schema.date, b mariadb_schema.datetime, c oracle_schema.date, d varchar2(5 char));
alter table ora add m date, modify a number(3);
-- mode: STRICT_TRANS_TABLES,NO_ZERO_DATE
create table strict1 (a varchar(70000), b int);
create table strict2 (a int not null default 0, b timestamp null, c date);
-- mode: HIGH_NOT_PRECEDENCE,PIPES_AS_CONCAT,IGNORE_SPACE
create table ign (a int default (1), b varchar(9) as (concat ('x', 'y' || 'z')) stored);
