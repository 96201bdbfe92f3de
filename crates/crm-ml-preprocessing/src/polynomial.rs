//! Products of columns.

use crm_ml_core::{Check, Column, Error, Persist, Progress, Result, Samples, Schema, Transformer, advance};
use serde::{Deserialize, Serialize};

use crate::columns::{check_output, check_schema, transformer_model};
use crate::names::Names;

/// More output columns than this are refused.
const MOST: usize = 1_000_000;

/// Gives all products of up to `degree` columns: with a linear model after it, curves and interactions.
///
/// Order and names are scikit-learn's: the constant `1`, the columns, then `a^2`, `a b`, `b^2`, and so on. With
/// `interaction_only` no column is multiplied by itself. A product remembers the raw fields it was made of, joined by ` * `.
/// Missing values make their products missing; category columns are refused; weights play no part. Equal to scikit-learn's
/// `PolynomialFeatures`. Time O(rows x columns given).
///
/// Errors: more than a million columns, nothing to give, a category column, in transforming a product beyond the largest
/// float.
///
/// ```
/// use crm_ml_core::{Samples, Transformer, TransformerModel};
/// use crm_ml_preprocessing::PolynomialFeatures;
/// use ndarray::array;
///
/// let x = array![[2.0, 3.0]];
/// let model = PolynomialFeatures::new(2).fit(&Samples::new(&x)?)?;
/// let names: Vec<&str> = model.output_schema().columns().iter().map(|c| c.name.as_str()).collect();
/// assert_eq!(names, ["1", "x0", "x1", "x0^2", "x0 x1", "x1^2"]);
/// assert_eq!(model.transform(&Samples::new(&x)?)?.cells(), [1.0, 2.0, 3.0, 4.0, 6.0, 9.0]);
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolynomialFeatures {
    degree: usize,
    interaction_only: bool,
    include_bias: bool,
}

/// The fitted [`PolynomialFeatures`]: it knows its columns.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PolynomialFeaturesModel {
    schema: Schema,
    output: Schema,
    params: PolynomialFeatures,
    /// Each product as a shorter one and a column that multiplies it; the constant and the columns first.
    products: Vec<Product>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum Product {
    One,
    Column(u32),
    /// A product before it, and a column.
    Times(u32, u32),
}

impl Default for PolynomialFeatures {
    fn default() -> Self {
        Self::new(2)
    }
}

impl PolynomialFeatures {
    /// All products of up to `degree` columns, with the constant.
    pub fn new(degree: usize) -> Self {
        Self { degree, interaction_only: false, include_bias: true }
    }

    /// Whether only products of different columns are given.
    pub fn interaction_only(mut self, interaction_only: bool) -> Self {
        self.interaction_only = interaction_only;
        self
    }

    /// Whether the constant 1 is given.
    pub fn include_bias(mut self, include_bias: bool) -> Self {
        self.include_bias = include_bias;
        self
    }

    fn check(&self) -> Result<()> {
        Check::of("PolynomialFeatures").between("degree", self.degree, 0, 64).finish()
    }

    /// How many products there are of `width` columns; an error rather than an overflow.
    fn count(&self, width: usize) -> Result<usize> {
        let mut total = usize::from(self.include_bias);
        let mut of_degree = 1u128;
        for degree in 1..=self.degree {
            // Combinations, with repetition unless interactions only.
            let choices =
                if self.interaction_only { (width + 1).saturating_sub(degree) } else { width + degree - 1 };
            of_degree = of_degree.saturating_mul(choices as u128) / degree as u128;
            total = total.saturating_add(usize::try_from(of_degree).unwrap_or(usize::MAX));
            if total > MOST {
                return Err(Error::unsupported(format!(
                    "products of up to {} of {width} columns are more than {MOST} columns",
                    self.degree
                )));
            }
        }
        match total {
            0 => Err(Error::unsupported("a degree of 0 without the constant gives no column")),
            _ => Ok(total),
        }
    }

    fn products(&self, width: usize) -> Result<Vec<Product>> {
        let mut products = Vec::with_capacity(self.count(width)?);
        if self.include_bias {
            products.push(Product::One);
        }
        if self.degree == 0 {
            return Ok(products);
        }
        // Products of the degree at hand, with their last column.
        let mut last: Vec<(u32, u32)> = Vec::new();
        for column in 0..width as u32 {
            last.push((products.len() as u32, column));
            products.push(Product::Column(column));
        }
        for _ in 1..self.degree {
            let mut next = Vec::new();
            for (shorter, column) in last {
                for factor in column + u32::from(self.interaction_only)..width as u32 {
                    next.push((products.len() as u32, factor));
                    products.push(Product::Times(shorter, factor));
                }
            }
            last = next;
        }
        Ok(products)
    }
}

impl Transformer for PolynomialFeatures {
    type Model = PolynomialFeaturesModel;

    fn fit_with(&self, samples: &Samples<'_>, progress: &dyn Progress) -> Result<PolynomialFeaturesModel> {
        self.check()?;
        samples.require_no_categories("PolynomialFeatures")?;
        let schema = samples.schema().clone();
        let products = self.products(schema.width())?;
        let output = output_schema(&schema, &products)?;
        advance(progress, "polynomial features", 1, 1)?;
        Ok(PolynomialFeaturesModel { schema, output, params: self.clone(), products })
    }
}

/// The columns of a product, ascending, each as often as it is a factor.
fn factors(products: &[Product], mut place: usize) -> Vec<usize> {
    let mut factors = Vec::new();
    loop {
        match products.get(place) {
            Some(Product::Times(shorter, column)) => {
                factors.push(*column as usize);
                place = *shorter as usize;
            }
            Some(Product::Column(column)) => {
                factors.push(*column as usize);
                break;
            }
            _ => break,
        }
    }
    factors.reverse();
    factors
}

fn output_schema(schema: &Schema, products: &[Product]) -> Result<Schema> {
    let mut names = Names::default();
    let column = |place: usize| {
        let factors = factors(products, place);
        let mut words: Vec<String> = Vec::new();
        let mut fields: Vec<&str> = Vec::new();
        for run in factors.chunk_by(|a, b| a == b) {
            let column = &schema.columns()[run[0]];
            let power = if run.len() > 1 { format!("^{}", run.len()) } else { String::new() };
            words.push(format!("{}{power}", column.name));
            if !fields.contains(&column.field.as_str()) {
                fields.push(&column.field);
            }
        }
        let name = if words.is_empty() { "1".to_owned() } else { words.join(" ") };
        let field = if fields.is_empty() { name.clone() } else { fields.join(" * ") };
        Column::real(names.free(name)).from_field(field)
    };
    Schema::new((0..products.len()).map(column).collect())
}

impl PolynomialFeaturesModel {
    fn apply(&self, samples: &Samples<'_>) -> Result<Samples<'static>> {
        samples.map_rows(&self.output, |_, input, output| {
            for (place, product) in self.products.iter().enumerate() {
                output[place] = match *product {
                    Product::One => 1.0,
                    Product::Column(column) => input[column as usize],
                    Product::Times(shorter, column) => output[shorter as usize] * input[column as usize],
                };
            }
        })
    }
}

transformer_model!(PolynomialFeaturesModel);

impl Persist for PolynomialFeaturesModel {
    const KIND: &'static str = "preprocessing/polynomial-features";

    fn validate(&self) -> Result<()> {
        check_schema(&self.schema)?;
        self.params.check()?;
        if self.schema.columns().iter().any(|c| c.levels().is_some()) {
            return Err(Error::model_file("a category column cannot be multiplied"));
        }
        if self.params.count(self.schema.width())? != self.products.len() {
            return Err(Error::model_file("there are other products than the degree asks for"));
        }
        match self.params.products(self.schema.width())? == self.products {
            true => check_output(&self.output, &output_schema(&self.schema, &self.products)?),
            false => Err(Error::model_file("there are other products than the degree asks for")),
        }
    }
}
