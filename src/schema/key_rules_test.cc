// SPDX-License-Identifier: Apache-2.0
#include "schema/key_rules.h"

#include "schema/catalog_test_support.h"

namespace millrace::schema {
namespace {

using KeyRules = CatalogTest;

TEST_F(KeyRules, WhatStandsBeforeThePrimaryKeyIsSortedByTheColumnsAsTheyWere) {
  run("CREATE TABLE t (id INT, a INT, UNIQUE k (a), UNIQUE ai (a, id))");
  run("ALTER TABLE t ADD PRIMARY KEY (id, a)");
  EXPECT_EQ(keys("t"), "PRIMARY(id,a) k(a) ai(a,id)");
  run("CREATE TABLE u (a INT, b INT, UNIQUE kb (b), UNIQUE ka (a), PRIMARY KEY (a))");
  EXPECT_EQ(keys("u"), "PRIMARY(a) kb(b) ka(a)");
}

TEST_F(KeyRules, MariaDbsHashedKeysAreLast) {
  become(ddl::Flavour::kMariaDb, 101100);
  run("CREATE TABLE t (a INT NOT NULL, b INT, x TEXT NOT NULL, g POLYGON NOT NULL, UNIQUE x (x),"
      " UNIQUE h (a) USING HASH, UNIQUE g (g), UNIQUE b (b), UNIQUE a (a))");
  EXPECT_EQ(keys("t"), "a(a) b(b) x(x)# h(a)# g(g)#");
  run("CREATE TABLE m (a INT NOT NULL, b INT, UNIQUE b USING HASH (b), UNIQUE a (a)) "
      "ENGINE=MEMORY");
  EXPECT_EQ(keys("m"), "a(a) b(b)");
  run("CREATE TABLE w (a VARCHAR(800) CHARSET utf8mb4 NOT NULL, b INT, UNIQUE a (a), UNIQUE (b))");
  EXPECT_EQ(keys("w"), "b(b) a(a)#");
}

TEST_F(KeyRules, AHashThatATreeCouldReplaceIsOneUntilTheTableIsMadeAgain) {
  become(ddl::Flavour::kMariaDb, 101100);
  run("CREATE TABLE t (a INT, x TEXT, UNIQUE a (a) USING HASH, UNIQUE x (x))");
  EXPECT_EQ(keys("t"), "a(a)# x(x)#");
  run("CREATE TABLE u LIKE t");
  EXPECT_EQ(keys("u"), "a(a) x(x)#");
  run("ALTER TABLE t ADD COLUMN b INT");
  EXPECT_EQ(keys("t"), "a(a) x(x)#");
  EXPECT_EQ(hidden_hashes(*catalog_.find("d", "t")), 1U);
}

TEST_F(KeyRules, AKeyOnAPointStaysATreeWhenTheTableChanges) {
  become(ddl::Flavour::kMariaDb, 110800);
  run("CREATE TABLE t (p POINT NOT NULL, g POLYGON NOT NULL, UNIQUE p (p), UNIQUE g (g))");
  EXPECT_EQ(hidden_hashes(*catalog_.find("d", "t")), 1U);
  run("ALTER TABLE t ADD COLUMN a INT");
  EXPECT_EQ(hidden_hashes(*catalog_.find("d", "t")), 1U);
  EXPECT_TRUE(catalog_.find("d", "t")->keys.back().hashed);
  EXPECT_EQ(catalog_.find("d", "t")->keys.back().name, "g");
}

TEST_F(KeyRules, MariaDbMakesOneKeyOfAColumnThatIsPrimaryAndUnique) {
  run("CREATE TABLE t (a SERIAL PRIMARY KEY)");
  EXPECT_EQ(keys("t"), "PRIMARY(a) a(a)");
  become(ddl::Flavour::kMariaDb, 101100);
  run("CREATE TABLE u (a INT UNIQUE PRIMARY KEY)");
  EXPECT_EQ(keys("u"), "PRIMARY(a)");
}

TEST_F(KeyRules, IfNotExistsIsAlsoAboutTheKeyOfTheNewColumn) {
  become(ddl::Flavour::kMariaDb, 101100);
  run("CREATE TABLE t (a INT PRIMARY KEY)");
  run("ALTER TABLE t ADD COLUMN IF NOT EXISTS b INT NOT NULL PRIMARY KEY");
  EXPECT_EQ(columns("t"), "a b");
  EXPECT_EQ(keys("t"), "PRIMARY(a)");
}

TEST_F(KeyRules, APrefixOfAllThatWasDeclaredIsAWholeColumn) {
  run("CREATE TABLE t (a TEXT(10) CHARSET latin1, b INT, UNIQUE k (a(5)), UNIQUE w (a(10)))");
  EXPECT_EQ(keys("t"), "w(a:10) k(a:5)");
}

TEST_F(KeyRules, AnUnnamedKeyWithAnExpressionIsNamedAfterNoColumn) {
  run("CREATE TABLE t (a INT, b INT, UNIQUE (a, b, ((a + 1))))");
  EXPECT_EQ(keys("t"), "functional_index(a,b)");
  run("CREATE TABLE u (a INT, UNIQUE f (a, ((a + 1))), UNIQUE p (a))");
  EXPECT_EQ(keys("u"), "p(a) f(a)");
  run("CREATE TABLE w (a INT, t CHAR(9), UNIQUE t (t(3)), UNIQUE f ((a + 1)), UNIQUE p (a))");
  EXPECT_EQ(keys("w"), "p(a) f() t(t:3)");
}

TEST_F(KeyRules, ANewColumnTakesOverTheKeysOfTheDroppedOneOfItsName) {
  run("CREATE TABLE t (a VARCHAR(9), b INT, UNIQUE k (b, a))");
  run("ALTER TABLE t DROP a, ADD a TEXT");
  EXPECT_EQ(keys("t"), "k(b,a:9)");
}

}  // namespace
}  // namespace millrace::schema
