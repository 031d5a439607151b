-- SPDX-License-Identifier: BSD-3-Clause
pragma journal_mode=wal;
create table item(id integer primary key, grp int, value int, name text);
create table grp(id integer primary key, title text);
with recursive n(i) as (select 1 union all select i + 1 from n where i < 100)
  insert into grp select i, printf('group %03d', i) from n;
begin;
with recursive n(i) as (select 1 union all select i + 1 from n where i < 100000)
  insert into item select i, i * 7919 % 100 + 1, i * 31337 % 10007, hex(i * 2654435761 % 4294967296) from n;
commit;
create index by_value on item(value, grp);
select title, count(*), sum(value), min(name) from item join grp on grp.id = item.grp
  group by grp.id order by 3 desc limit 5;
select count(*) from item a join item b on a.value = b.value and a.grp < b.grp where a.grp < 10;
update item set value = value + 1 where id % 10 = 0;
delete from item where id % 3 = 0;
select count(*), sum(value), max(length(name)) from item;
pragma integrity_check;
