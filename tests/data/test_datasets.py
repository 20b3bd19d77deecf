"""The ten datasets of Table I have the paper's rows, classes and columns; every YAML keeps its contract."""

import pytest

from imbench.data.sources import sha256_of
from tests.helpers import DATASETS, read_yaml

# name: rows, class names, minority, its share in percent, continuous columns, categorical columns
FACTS = {
    "adult": (30162, "<=50K,>50K", ">50K", 24.9, 5, 6),
    "german": (1000, "1,2", "2", 30.0, 6, 14),
    "fuel": (639, "high,low", "high", 44.0, 3, 5),
    "insurance": (1338, "high,low", "high", 46.8, 3, 3),
    "gem_price": (26270, "high,low", "high", 48.5, 6, 3),
    "housing": (20433, "high,low", "high", 42.4, 8, 1),
    "bank": (4521, "no,yes", "yes", 11.5, 5, 9),
    "car": (1728, "acc,good,unacc,vgood", "vgood", 3.8, 2, 4),
    "credit_card": (10127, "Attrited Customer,Existing Customer", "Attrited Customer", 16.1, 14, 5),
    "sick": (3560, "negative,sick", "sick", 6.3, 6, 21),
}
FIRST = {
    "adult": "age,education-num,capital-gain,capital-loss,hours-per-week,race,sex,workclass,marital-status,"
    "occupation,relationship",
    "fuel": "ENGINE_SIZE,CYLINDERS,COEMISSIONS,MAKE,MODEL,VEHICLE_CLASS,TRANSMISSION,FUEL",
    "insurance": "age,bmi,children,sex,smoker,region",
    "gem_price": "carat,depth,table,x,y,z,cut,color,clarity",
    "bank": "balance,duration,campaign,pdays,previous,age,marital,job,education,default,housing,loan,contact,"
    "poutcome",
    "car": "doors,persons,buying,maint,lug_boot,safety",
    "german": "month,credit_amount,investment_as_income_percentage,residence_since,number_of_credits,"
    "people_liable_for,age,sex,status,credit_history,purpose,savings,employment,other_debtors,property,"
    "installment_plans,housing,skill_level,telephone,foreign_worker",
}


def test_all_ten_datasets_exist():
    assert set(FACTS) <= set(DATASETS)


@pytest.mark.parametrize("name", FACTS)
def test_facts(dataset_of, name):
    rows, classes, minority, share, continuous, categorical = FACTS[name]
    dataset = dataset_of(name)
    assert len(dataset.features) == len(dataset.labels) == rows
    assert dataset.schema.classes == tuple(classes.split(",")), "classes in alphabetical order"
    assert dataset.schema.classes[dataset.minority] == minority
    assert round(100 * (dataset.labels == dataset.minority).mean(), 1) == share
    assert (len(dataset.schema.continuous), len(dataset.schema.categorical)) == (continuous, categorical)
    assert list(dataset.features.columns) == list(dataset.schema.features)
    if name in FIRST:
        assert list(dataset.features.columns) == FIRST[name].split(",")


@pytest.mark.parametrize("name", DATASETS)
def test_column_types(dataset_of, name):
    """The contract of every YAML in conf/dataset: continuous columns first, then categorical ones."""
    dataset, config = dataset_of(name), read_yaml("dataset", name)
    schema = dataset.schema
    assert (
        list(schema.continuous) == config["continuous"] and list(schema.categorical) == config["categorical"]
    )
    assert schema.target == config["target"] and schema.target not in dataset.features
    assert (dataset.features[list(schema.continuous)].dtypes == "float64").all()
    for column in schema.categorical:
        assert dataset.features[column].dropna().map(type).eq(str).all(), column
    assert name not in FACTS or dataset.features.notna().all().all()
    assert set(dataset.labels) == set(range(len(schema.classes)))
    assert set(schema.classes) == set(map(str, config["classes"]))
    for column in schema.continuous:
        whole = (dataset.features[column].dropna() % 1 == 0).all()
        assert (column in schema.integer) == whole


@pytest.mark.parametrize("name", FACTS)
def test_checksums_are_those_of_the_paper(paper_data, name):
    sums = dict(line.split()[::-1] for line in (paper_data / "SHA256SUMS").read_text().splitlines())
    config = read_yaml("dataset", name)
    assert config["sha256"] == sums[config["file"]] == sha256_of(paper_data / config["file"])
    assert "9db35822f92ecd23f398ced1b7d42086b6a875c8" in config["url"]
